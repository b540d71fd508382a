// Deletes a picture after asking, and says beforehand what becomes of its renditions.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, pixmill } from '../../api/client.ts';
import { inWords } from '../../api/fault-words.ts';
import { pipelinesQuery } from '../../api/queries.ts';
import type { Picture } from '../../api/types.ts';
import { announce } from '../../parts/announcer.tsx';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { KeyText } from '../../parts/key-text.tsx';
import { nameOf } from '../pictures/standing.ts';

export function DeletePicture({ picture, onDeleted }: { picture: Picture; onDeleted: () => void }) {
  const [asking, setAsking] = useState(false);
  const keeps = useKeepers(picture);
  const remove = useMutation({
    mutationFn: () => answer(pixmill.DELETE('/api/v1/objects/{id}', { params: { path: { id: picture.id } } })),
    onSuccess() {
      announce(`${nameOf(picture.key)} is deleted.`);
      onDeleted();
    },
  });
  return (
    <>
      <Button look="ghost" icon="trash" aria-label="Delete this picture" title="Delete" onClick={() => setAsking(true)} />
      {asking && (
        <Confirm
          title="Delete this picture?"
          action="Delete"
          busy={remove.isPending}
          fault={remove.isError ? inWords(remove.error) : undefined}
          onConfirm={() => remove.mutate()}
          onCancel={() => setAsking(false)}
        >
          <p>
            <KeyText text={picture.key} className="font-medium break-all text-ink" /> is deleted from bucket{' '}
            <bdi className="font-medium text-ink">{picture.bucket}</bdi> for good.{' '}
            {keeps.length > 0 ? `What ${keeps.join(' and ')} made of it stays.` : 'Its renditions go with it.'}
          </p>
        </Confirm>
      )}
    </>
  );
}

/** The pipelines that keep what they made when somebody deletes the original. */
function useKeepers({ expected }: Picture): string[] {
  const pipelines = useQuery(pipelinesQuery).data ?? [];
  return pipelines
    .filter(({ name, onSourceDelete }) => onSourceDelete === 'keep' && expected.some(({ pipeline }) => pipeline === name))
    .map(({ name }) => name);
}
