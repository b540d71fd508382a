// The classes of failures in plain words.
import type { Failure } from '../../api/types.ts';

const WORDS: Record<Failure['class'], string> = {
  unsupported: 'Not a picture Pixmill can read',
  corrupt: 'The file is damaged',
  too_large: 'Too large',
  timeout: 'It took too long',
  store_unavailable: 'The store did not answer',
  denied: 'The store refused access',
  collision: 'Two pictures want the same name',
  internal: 'Something broke inside Pixmill',
};

export function failureWords(kind: Failure['class']): string {
  return WORDS[kind];
}
