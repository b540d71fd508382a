// Faults of files on this machine.
import { Fault, type FaultCode } from '../domain/fault.ts';
import { printableName } from './printable.ts';

const REASONS: Record<string, { code: FaultCode; said: string }> = {
  ENOENT: { code: 'not_found', said: 'there is no such file or folder' },
  EACCES: { code: 'denied', said: 'this user may not' },
  EPERM: { code: 'denied', said: 'this user may not' },
  EISDIR: { code: 'invalid', said: 'it is a folder' },
  ENOTDIR: { code: 'invalid', said: 'a part of its path is no folder' },
  ENOSPC: { code: 'unavailable', said: 'the disk is full' },
  EROFS: { code: 'denied', said: 'the disk is read-only' },
};

/** What went wrong with a file, in words. */
export function fileFault(file: string, what: 'read' | 'written', cause: unknown): Fault {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const reason = REASONS[code];
  return new Fault(
    reason?.code ?? 'unavailable',
    `${printableName(file)} cannot be ${what}: ${reason?.said ?? (code || message)}`,
    {
      cause,
    },
  );
}
