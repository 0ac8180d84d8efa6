/** @file Brings TensorFlow's library into the process early, on another thread, so that it loads while tfjs does. */
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { dirname, join } from 'node:path';
import koffi, { type LibraryHandle } from 'koffi';
import { type Library, findLibrary } from './library.js';
import { keepFreedBlocks } from './malloc.js';
import { forcedBackend } from './settings.js';

const RTLD_LAZY = 1;
const RTLD_NODELETE = process.platform === 'darwin' ? 0x80 : 0x1000;
const FATAL_ONLY = 3; // what fails reaches us as a status; the log repeats it and adds advice for builders

/** Runs `task` with the C library's standard error closed: TensorFlow greets there before it can be told not to. */
function quietly(task: () => void): void {
  const libc = koffi.load(null);
  const dup = libc.func('dup', 'int', ['int']);
  const dup2 = libc.func('dup2', 'int', ['int', 'int']);
  const close = libc.func('close', 'int', ['int']);
  const saved: number = dup(2);
  const sink = openSync(devNull, 'w');
  try {
    dup2(sink, 2);
    task();
  } finally {
    dup2(saved, 2);
    close(saved); // Node's own closeSync warns of a descriptor that it did not open
    closeSync(sink);
  }
}

/** TensorFlow logs through absl, which reads no environment variable; the symbol's name carries absl's release. */
function hushLogs(framework: LibraryHandle): void {
  const level = Number(process.env['TF_CPP_MIN_LOG_LEVEL'] ?? FATAL_ONLY);
  for (const release of ['lts_20250814', 'lts_20250512', 'lts_20250127', 'lts_20240722', 'lts_20230802']) {
    const symbol = `_ZN4absl${release.length}${release}14SetMinLogLevelENS0_18LogSeverityAtLeastE`;
    try {
      framework.func(symbol, 'void', ['int'])(level);
      return;
    } catch {
      continue; // another release: at worst TensorFlow prints a line of its own
    }
  }
}

/**
 * Opens the library for good. NODELETE matters: koffi closes its libraries when a thread of Node ends, and
 * unmapping TensorFlow under its own running threads ends in a segmentation fault.
 */
function open(path: string): void {
  keepFreedBlocks();
  const dlopen = koffi.load(null).func('dlopen', 'uint64', ['str', 'int']);
  const flags = RTLD_LAZY | RTLD_NODELETE;
  const frameworkPath = join(dirname(path), 'libtensorflow_framework.so.2');
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= String(FATAL_ONLY);
  const talkative = process.env['TF_CPP_MIN_LOG_LEVEL'] === '0';
  const openFramework = () => void dlopen(frameworkPath, flags);
  if (talkative) openFramework();
  else quietly(openFramework);
  try {
    hushLogs(koffi.load(frameworkPath, { lazy: true }));
  } catch {
    // the main library names what is missing when it is opened in earnest
  }
  dlopen.async(path, flags, () => undefined);
}

/** The library that was found when this module loaded; `undefined` when another backend is asked for. */
export const library: Library | undefined =
  (forcedBackend() ?? 'tensorflow') === 'tensorflow' ? findLibrary() : undefined;

if (library && 'path' in library && process.platform !== 'win32') open(library.path);
