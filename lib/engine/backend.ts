/** @file The choice of a backend, tensorflow -> wasm -> cpu, and the one line that says which and why. */
import { isMainThread } from 'node:worker_threads';
import { Binding } from './binding.js';
import { type Gpu, hasNvidiaDriver, listGpus, tryArithmetic } from './gpus.js';
import { registerGradients } from './gradients.js';
import { loadKernels, registerTensorFlow } from './kernels.js';
import { library } from './loader.js';
import type { Config } from './protobuf.js';
import { type BackendName, forcedBackend, threads } from './settings.js';
import { tf } from './tf.js';
import { forgetUmbrella } from './umbrella.js';
import { startWasm } from './wasm.js';

/** Which backend computes, on what, and why that one. */
export interface BackendInfo {
  readonly name: BackendName;
  /** `CPU`, or the name of the first GPU. */
  readonly device: string;
  /** One sentence: why this backend, and what to do if a better one is wanted. */
  readonly reason: string;
  /** TensorFlow's version, when it computes. */
  readonly tensorflow?: string;
  readonly gpus: readonly Gpu[];
}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error)).trim();

/** A binding on the GPU if one works, else on the CPU, with the sentence that says what is wrong with the GPU. */
function openBinding(path: string): { binding: Binding; trouble?: string } {
  const count = threads();
  const config: Config = count ? { intraOpThreads: count } : {};
  const binding = new Binding(path, config);
  if (!binding.isUsingGpuDevice()) {
    const trouble = 'an NVIDIA GPU is present but TensorFlow lists none; TF_CPP_MIN_LOG_LEVEL=0 shows why';
    return hasNvidiaDriver() ? { binding, trouble } : { binding };
  }
  try {
    tryArithmetic(binding);
    return { binding };
  } catch (error) {
    const trouble = `the GPU is listed but does not work (${sentence(error)}), so the CPU computes; check its driver`;
    return { binding: new Binding(path, { ...config, maxGpus: 0 }), trouble };
  }
}

let info: BackendInfo | undefined;
let becomingReady: Promise<void> | undefined;

/** Printed once, and only when something better could be had. */
function warn(text: string): void {
  process.stderr.write(`d2l-ts: ${text}\n`);
}

function activateTensorFlow(path: string, from: string): BackendInfo {
  const kernels = loadKernels();
  const { binding, trouble } = openBinding(path);
  registerTensorFlow(kernels, binding);
  registerGradients();
  void tf.setBackend('tensorflow');
  // A worker's context would outlive it; at the end of the process nothing needs to be freed.
  if (!isMainThread) process.once('exit', () => binding.dispose());
  const gpus = listGpus(binding);
  const device = gpus[0]?.name ?? 'CPU';
  if (trouble) warn(trouble);
  const reason = `TensorFlow ${binding.version} from ${from} computes on ${device}${trouble ? `: ${trouble}` : ''}`;
  return { name: 'tensorflow', device, reason, tensorflow: binding.version, gpus };
}

/** Why TensorFlow is not used, or its BackendInfo. */
function tryTensorFlow(): BackendInfo | string {
  if (!library) return `D2L_BACKEND is ${forcedBackend()}`;
  if ('missing' in library) return library.missing;
  try {
    return activateTensorFlow(library.path, library.from);
  } catch (error) {
    return `TensorFlow at ${library.path} cannot be used: ${sentence(error)}; reinstall it with npm run setup`;
  }
}

const onCpu = (name: BackendName, reason: string): BackendInfo => ({ name, device: 'CPU', reason, gpus: [] });

/** tfjs greets whoever computes in plain JavaScript with an advert for tfjs-node, which is not the way here. */
function useCpu(): void {
  void tf.setBackend('cpu');
  Object.assign(tf.backend(), { firstUse: false });
}

/** Chooses at once what can be chosen at once: wasm starts asynchronously, so until `ready()` the cpu stands in. */
function activate(): BackendInfo {
  const chosen = tryTensorFlow();
  if (typeof chosen !== 'string') return chosen;
  if (forcedBackend() === 'tensorflow') throw new Error(`D2L_BACKEND is tensorflow but ${chosen}`);
  forgetUmbrella();
  useCpu();
  return onCpu('cpu', chosen);
}

async function useWasm(reason: string): Promise<BackendInfo> {
  const forced = forcedBackend() !== undefined;
  try {
    await startWasm();
    if (!forced) warn(`wasm computes, several times slower than TensorFlow: ${reason}`);
    return onCpu('wasm', reason);
  } catch (error) {
    if (forced) throw new Error(`D2L_BACKEND is wasm but ${sentence(error)}`, { cause: error });
    useCpu();
    warn(`plain JavaScript computes, very slowly: ${reason}; wasm failed too (${sentence(error)})`);
    return onCpu('cpu', reason);
  }
}

/** Which backend computes and why. */
export function backendInfo(): BackendInfo {
  info ??= activate();
  return info;
}

/** Resolves when the best backend computes; only wasm takes time. Calling it again costs nothing. */
export function ready(): Promise<void> {
  becomingReady ??= (async () => {
    const { name, reason } = backendInfo();
    if (name === 'cpu' && forcedBackend() !== 'cpu') info = await useWasm(reason);
  })();
  return becomingReady;
}

backendInfo();
