// Why a rendition was given up, what to do about it, and a button that tries again.
import { useMutation } from '@tanstack/react-query';
import { answer, pixmill } from '../../api/client.ts';
import { inWords, sentence } from '../../api/fault-words.ts';
import type { Failure } from '../../api/types.ts';
import { formatMoment } from '../../format/time.ts';
import { count } from '../../format/words.ts';
import { Button } from '../../parts/button.tsx';
import { failureWords } from '../pictures/failure-words.ts';

export function FailureNote({ failure }: { failure: Failure }) {
  const redrive = useMutation({
    mutationFn: () => answer(pixmill.POST('/api/v1/failures/redrive', { body: { ids: [failure.id] } })),
  });
  return (
    <div className="mt-3 rounded-xl bg-badground p-4 text-sm">
      <p className="font-semibold text-bad">{failureWords(failure.class)}</p>
      <p className="mt-1 break-words" dir="auto">
        {sentence(failure.reason)}
      </p>
      {failure.mend !== null && (
        <p className="mt-1 break-words" dir="auto">
          {sentence(failure.mend)}
        </p>
      )}
      <div className="mt-3 flex flex-wrap items-center justify-between gap-3">
        <p className="numbers text-soft">
          After {count(failure.attempts, 'attempt')}, {formatMoment(failure.failedAt)}
        </p>
        <Button icon="retry" busy={redrive.isPending} onClick={() => redrive.mutate()}>
          Try again
        </Button>
      </div>
      {redrive.isError && (
        <p role="alert" className="mt-2 text-bad">
          {inWords(redrive.error)}
        </p>
      )}
    </div>
  );
}
