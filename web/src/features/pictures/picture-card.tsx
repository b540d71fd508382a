// One picture in the list: the original beside its renditions, and the figures of both underneath.
import { memo } from 'react';
import type { Picture, Rendition } from '../../api/types.ts';
import { formatBytes, formatSaving } from '../../format/bytes.ts';
import { formatAge, formatMoment } from '../../format/time.ts';
import { formatName, tightDimensions } from '../../format/words.ts';
import { KeyText } from '../../parts/key-text.tsx';
import { openPicture } from '../../shell/route.ts';
import { useNow } from '../../shell/use-now.ts';
import { OriginalTile } from './original-tile.tsx';
import { RenditionTile } from './rendition-tile.tsx';
import { isCopy, type Standing, standings } from './standing.ts';

const MOSAIC = 4;

export const PictureCard = memo(function PictureCard({ picture }: { picture: Picture }) {
  const all = standings(picture);
  return (
    <li className="group relative animate-arrive overflow-hidden rounded-xl border border-line bg-surface transition-shadow [contain-intrinsic-size:auto_17rem] [content-visibility:auto] hover:shadow-lift focus-within:shadow-lift">
      <div className="grid grid-cols-2 gap-px bg-line">
        <div data-frame="" className="relative aspect-4/3 overflow-hidden bg-mat">
          <OriginalTile picture={picture} />
        </div>
        <RenditionFrame all={all} picture={picture} />
      </div>
      <div className="px-3.5 pt-2.5 pb-3">
        <h3 className="flex items-baseline justify-between gap-3 text-sm font-semibold">
          <a
            href={`#picture/${picture.id}`}
            onClick={(event) => {
              event.preventDefault();
              openPicture(picture.id);
            }}
            className="min-w-0 truncate outline-none after:absolute after:inset-0 after:rounded-xl focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-lit"
          >
            <KeyText text={picture.key} />
            <span className="sr-only">, {stateWords(picture, all)}</span>
          </a>
          <Age at={picture.modifiedAt} />
        </h3>
        <dl className="numbers mt-1 grid grid-cols-2 gap-3 text-xs text-soft">
          <div className="min-w-0">
            <dt className="sr-only">Original</dt>
            <dd className="truncate">{originalFigures(picture)}</dd>
          </div>
          <div className="min-w-0">
            <dt className="sr-only">Renditions</dt>
            <dd className="truncate">{renditionFigures(all)}</dd>
          </div>
        </dl>
      </div>
    </li>
  );
});

function RenditionFrame({ all, picture }: { all: Standing[]; picture: Picture }) {
  const [only] = all;
  if (all.length <= 1) {
    return (
      <div data-frame="" className="relative aspect-4/3 overflow-hidden bg-mat">
        {only && <RenditionTile standing={only} />}
        <Saving picture={picture} all={all} />
      </div>
    );
  }
  return (
    <div className="relative grid aspect-4/3 grid-cols-2 gap-px bg-line">
      {all.slice(0, MOSAIC).map((standing) => (
        <div key={standing.id} data-frame="" className="relative overflow-hidden bg-mat odd:last-of-type:col-span-2">
          <RenditionTile standing={standing} small />
        </div>
      ))}
      {all.length > MOSAIC && (
        <span className="numbers absolute end-2 top-2 rounded-md bg-surface/90 px-1.5 py-0.5 text-xs font-semibold">
          +{all.length - MOSAIC}
        </span>
      )}
      <Saving picture={picture} all={all} />
    </div>
  );
}

/** How much smaller the renditions are than the original, laid over their corner. */
function Saving({ picture, all }: { picture: Picture; all: Standing[] }) {
  const made = madeOf(all);
  const saving = picture.size === null || made.length < all.length ? undefined : formatSaving(picture.size, bytesOf(made));
  // A copy saves nothing, and is not meant to.
  if (saving === undefined || made.length === 0 || made.some(isCopy)) return null;
  const smaller = picture.size !== null && bytesOf(made) < picture.size;
  return (
    <span
      className={`numbers absolute end-2 bottom-2 animate-arrive rounded-md bg-surface/90 px-1.5 py-0.5 text-xs font-semibold ${smaller ? 'text-good' : 'text-soft'}`}
    >
      {saving}
    </span>
  );
}

function originalFigures({ format, width, height, size }: Picture): string {
  const parts = [
    format && formatName(format),
    width && height && tightDimensions(width, height),
    size !== null && formatBytes(size),
  ];
  return parts.filter(Boolean).join(' · ') || '…';
}

function renditionFigures(all: Standing[]): string {
  const made = madeOf(all);
  const [only] = made;
  if (all.length === 0) return 'no pipeline takes it';
  if (!only) return all.some(({ failure }) => failure) ? 'failed' : 'waiting';
  return all.length === 1
    ? `${whatItIs(only)} · ${formatBytes(only.size)}`
    : `${made.length} of ${all.length} · ${formatBytes(bytesOf(made))}`;
}

function whatItIs({ format, width, height }: Rendition): string {
  return width === null || height === null ? 'copy' : `${formatName(format)} · ${tightDimensions(width, height)}`;
}

function madeOf(all: Standing[]): Rendition[] {
  return all.flatMap(({ rendition }) => rendition ?? []);
}

function bytesOf(made: Rendition[]): number {
  return made.reduce((sum, { size }) => sum + size, 0);
}

function stateWords(picture: Picture, all: Standing[]): string {
  const made = madeOf(all).length;
  const failed = all.filter(({ failure }) => failure).length;
  if (failed > 0) return `${failed} of ${all.length} renditions failed`;
  if (picture.state === 'gone') return 'original deleted';
  if (made === all.length) return picture.state === 'delivered' ? 'delivered' : 'all renditions there';
  return `${made} of ${all.length} renditions there`;
}

function Age({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={formatMoment(at)} className="numbers relative shrink-0 text-xs font-normal text-soft">
      {formatAge(at, now)}
    </time>
  );
}
