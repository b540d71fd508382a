#!/usr/bin/env node
// Starts the pixmill command on a Node that can run it: this one, or the one that the npm package "node" brings.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const SOURCE = new URL('../src/cli/pixmill.ts', import.meta.url);
const BUILT = new URL('../dist/server/src/cli/pixmill.js', import.meta.url);
// Node runs TypeScript as it is, except in packages that are installed.
const installed = /[\\/]node_modules[\\/]/.test(fileURLToPath(import.meta.url));
const program = (installed ? [BUILT, SOURCE] : [SOURCE, BUILT]).find((url) => existsSync(url)) ?? BUILT;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const capable = major >= 24 || (major === 22 && minor >= 18);

if (capable) {
  await import(program.href);
} else {
  const node = findNode();
  if (node) passThrough(node);
  else {
    console.error(`pixmill: needs Node.js 24 (or 22.18 and later), and this is ${process.version}`);
    console.error('  → install Node.js 24, or add it to the project: npm install --save-dev node@24');
    process.exitCode = 1;
  }
}

/** The binary of the npm package "node", where it is installed. */
function findNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    return ['bin/node', 'bin/node.exe'].map((path) => fileURLToPath(new URL(path, `file://${manifest}`))).find(existsSync);
  } catch {
    return undefined;
  }
}

/** Becomes that Node as far as others can tell: same streams, signals handed on, same end. */
function passThrough(node) {
  const child = spawn(node, [...process.execArgv, fileURLToPath(program), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`pixmill: ${node} cannot be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
