// Files on their way to the upload desk, which is loaded only when the first arrive.
import { useSyncExternalStore } from 'react';

let waiting: readonly File[] = [];
let opened = false;
const listeners = new Set<() => void>();

/** Hands files over, whoever caught them. */
export function offerFiles(files: readonly File[]): void {
  if (files.length === 0) return;
  waiting = [...waiting, ...files];
  opened = true;
  tell();
}

/** Takes what waits. */
export function takeFiles(): readonly File[] {
  const taken = waiting;
  waiting = [];
  if (taken.length > 0) tell();
  return taken;
}

/** True once any file was ever handed over. */
export function useDeskOpened(): boolean {
  return useSyncExternalStore(subscribeInbox, () => opened);
}

export function useWaitingFiles(): readonly File[] {
  return useSyncExternalStore(subscribeInbox, () => waiting);
}

function subscribeInbox(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}
