/** @file The C library's allocator, told to keep the blocks that tensors of a training step come from. */
import koffi from 'koffi';

const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;
/** The most that glibc accepts on 64 bits. */
const LARGEST_KEPT = 32 * 2 ** 20;
const TRIM = 256 * 2 ** 20;

/**
 * glibc gives a block of 128 KiB and more back to the system as soon as it is freed, and a tensor (1024, 32) has just
 * that size: every op of a step then begins with 32 page faults, which cost a multiplication of two such tensors more
 * than the multiplication. One arena in place of one for each thread keeps the process a sixth smaller as well.
 */
export function keepFreedBlocks(): void {
  let mallopt: (parameter: number, value: number) => number;
  try {
    mallopt = koffi.load(null).func('mallopt', 'int', ['int', 'int']);
  } catch {
    return; // another C library: it has thresholds of its own
  }
  mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT);
  mallopt(M_TRIM_THRESHOLD, TRIM);
  mallopt(M_ARENA_MAX, 1);
}
