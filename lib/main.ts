/** @file The library for `import`: all names, and a backend that is ready when the import is. */
import { ready } from './engine/backend.js';

export * from './index.js';
await ready();
