/** @file Finds the browser for the tests that need one, and says so where there is none. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of Chromium: `CHROMIUM_PATH`, else where Linux distributions put it. */
function findChromium(): string | undefined {
  return [process.env['CHROMIUM_PATH'], ...PLACES].find((path) => path !== undefined && existsSync(path));
}

/**
 * The value for `skip` of a browser test: a reason where there is no browser, else false.
 * With `CI=true` nothing is skipped, so that the test fails there.
 */
export function skipWithoutChromium(): string | false {
  if (findChromium() !== undefined || process.env['CI'] === 'true') return false;
  return 'no Chromium found: install it (apt-get install chromium) or set CHROMIUM_PATH';
}

/** Starts a headless Chromium with a profile of its own that asks the network for nothing. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error(
      `no Chromium in ${PLACES.join(', ')}: install it (apt-get install chromium) or set CHROMIUM_PATH`,
    );
  }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
