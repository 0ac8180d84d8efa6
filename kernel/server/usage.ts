/** @file What the kernel's processes use: memory and CPU time, for front ends that show it. */
import { readFileSync } from 'node:fs';
import os from 'node:os';

const TICKS_PER_SECOND = 100;
const PAGE = 4096;

interface Usage {
  seconds: number;
  bytes: number;
}

let last: { at: number; seconds: number } | undefined;

/** The reply to usage_request, its fields as ipykernel names them. @param children the kernel's other processes */
export function usage(children: readonly (number | undefined)[]): Record<string, unknown> {
  const pids = [process.pid, ...children.filter((pid): pid is number => pid !== undefined)];
  const used = pids.map(usageOf);
  const seconds = used.reduce((sum, { seconds }) => sum + seconds, 0);
  const now = performance.now();
  const elapsed = last ? (now - last.at) / 1000 : process.uptime();
  const kernel_cpu = (100 * (seconds - (last?.seconds ?? 0))) / Math.max(elapsed, 1e-3);
  last = { at: now, seconds };
  const [total, free] = [os.totalmem(), os.freemem()];
  return {
    hostname: os.hostname(),
    pid: process.pid,
    kernel_cpu: Math.max(0, kernel_cpu),
    kernel_memory: used.reduce((sum, { bytes }) => sum + bytes, 0),
    cpu_count: os.cpus().length,
    host_cpu_percent: Math.min(100, (100 * os.loadavg()[0]!) / os.cpus().length),
    host_virtual_memory: {
      total,
      available: free,
      percent: (100 * (total - free)) / total,
      used: total - free,
      free,
    },
  };
}

/** From /proc where there is one; elsewhere only this process can tell. */
function usageOf(pid: number): Usage {
  try {
    const [, fields = ''] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
    const [user, system, resident] = [11, 12, 21].map((i) => Number(fields.split(' ')[i]));
    return { seconds: (user! + system!) / TICKS_PER_SECOND, bytes: resident! * PAGE };
  } catch {
    if (pid !== process.pid) return { seconds: 0, bytes: 0 };
    const { user, system } = process.cpuUsage();
    return { seconds: (user + system) / 1e6, bytes: process.memoryUsage().rss };
  }
}
