// The latest pictures of the store, to try a recipe on without looking for a file.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { contentOf } from '../../api/content.ts';
import { picturesQuery } from '../../api/queries.ts';
import type { Picture } from '../../api/types.ts';
import { nameOf } from '../pictures/standing.ts';

const SHOWN = 6;

export function OwnPictures({ onFile }: { onFile: (file: File) => void }) {
  const list = useInfiniteQuery(picturesQuery({ pipeline: undefined, state: 'done', words: '' }));
  const pictures = (list.data?.pages[0]?.items ?? []).filter(({ renditions }) => renditions.length > 0).slice(0, SHOWN);
  const [taking, setTaking] = useState<number | 'failed'>();
  if (pictures.length === 0) return null;

  async function take(picture: Picture) {
    setTaking(picture.id);
    try {
      const response = await fetch(contentOf.original(picture));
      if (!response.ok) throw new Error(`status ${response.status}`);
      const blob = await response.blob();
      onFile(new File([blob], nameOf(picture.key), { type: blob.type }));
    } catch {
      setTaking('failed');
    }
  }

  return (
    <div className="mt-8">
      <p className="mb-3 text-sm text-soft">Or take one of yours</p>
      <ul className="flex flex-wrap justify-center gap-2">
        {pictures.map((picture) => {
          const [rendition] = picture.renditions;
          return (
            rendition && (
              <li key={picture.id}>
                <button
                  type="button"
                  onClick={() => take(picture)}
                  aria-label={`Try ${picture.key}`}
                  aria-busy={taking === picture.id}
                  className="block size-16 overflow-hidden rounded-lg border checker border-line transition-transform hover:scale-105 aria-busy:animate-wait"
                >
                  <img src={contentOf.rendition(rendition)} alt="" className="size-full object-cover" />
                </button>
              </li>
            )
          );
        })}
      </ul>
      {taking === 'failed' && (
        <p role="alert" className="mt-3 text-sm text-bad">
          The original could not be fetched.
        </p>
      )}
    </div>
  );
}
