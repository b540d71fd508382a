// What a program asks of the kernel, and in which order, as strace saw it.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { until } from './program.ts';

/** One call; `begun` and `ended` are places in the order of all that happened. */
export interface SystemCall {
  pid: number;
  name: string;
  /** The arguments as strace writes them: strings in quotes, a file or socket behind each descriptor. */
  text: string;
  /** What the first argument names: a path, or the two ends of a socket. */
  on: string;
  result: string;
  begun: number;
  ended: number;
}

const CALLS = [
  'openat,mkdir,mkdirat,link,linkat,unlink,unlinkat,rename',
  'write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync',
].join(',');

/**
 * The command in front of another that writes its calls, and those of all its children, to a file. The other keeps its process
 * id, and its parent. Undefined where strace is missing or may not look.
 */
export function tracing(file: string): string[] | undefined {
  const command = ['strace', '-D', '-f', '-yy', '-q', '-s', '1024', '--seccomp-bpf', '-e', `trace=${CALLS}`, '-o', file];
  return spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true']).status === 0 ? command : undefined;
}

/** Reads what `tracing` wrote; call it when the program has ended. @param pid the program's */
export async function readCalls(file: string, pid: number): Promise<SystemCall[]> {
  // The tracer outlives what it traces by a moment.
  const end = new RegExp(`^${pid} +\\+\\+\\+ (exited|killed)`, 'm');
  const complete = async () => {
    const now = await readFile(file, 'utf8');
    return end.test(now) ? now : undefined;
  };
  const text = await until('the trace is complete', complete, 30_000, 200);
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, { text: string; begun: number }>();
  for (const [at, line] of text.split('\n').entries()) {
    const [, id = '', said = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(said);
    if (said.endsWith('<unfinished ...>')) {
      unfinished.set(id, { text: said.slice(0, -'<unfinished ...>'.length).trimEnd(), begun: at });
    } else if (resumed) {
      const before = unfinished.get(id);
      if (before) add(calls, Number(id), before.text + resumed[2], before.begun, at);
    } else add(calls, Number(id), said, at, at);
  }
  return calls;
}

function add(calls: SystemCall[], pid: number, said: string, begun: number, ended: number): void {
  const [, name, text, result] = /^(\w+)\((.*)\) += (.*)$/.exec(said) ?? [];
  if (name === undefined || text === undefined || result === undefined) return;
  const on = /^(?:\d+<(.*?)>(?=, |$)|"(.*?)"(?=, |$))/.exec(text);
  calls.push({ pid, name, text, on: on?.[1] ?? on?.[2] ?? '', result, begun, ended });
}
