// The tile of one declared rendition: the picture or that it is a copy, "N/A" until it is there, or why it will not be.
import { contentOf } from '../../api/content.ts';
import { FrameNote } from '../../parts/frame-note.tsx';
import { FramedImage } from '../../parts/framed-image.tsx';
import { failureWords } from './failure-words.ts';
import { isCopy, type Standing, standingLabel } from './standing.ts';

interface RenditionTileProps {
  standing: Standing;
  /** One of several in a tile: less room, fewer words. */
  small?: boolean;
  eager?: boolean;
}

export function RenditionTile({ standing, small = false, eager = false }: RenditionTileProps) {
  const { rendition, failure } = standing;
  const label = standingLabel(standing);
  // The original beside it shows the same; a file that is no picture shows nothing.
  if (rendition && isCopy(rendition) && (!eager || rendition.format === 'copy')) {
    return <FrameNote icon="copy">Passed on as it is</FrameNote>;
  }
  if (rendition) {
    const src = contentOf.rendition(rendition);
    const { width, height } = rendition;
    return <FramedImage key={src} src={src} alt={label} width={width} height={height} develop eager={eager} />;
  }
  if (failure) {
    return (
      <FrameNote icon="warning" bad>
        <span className={small ? 'sr-only' : 'text-balance'}>{failureWords(failure.class)}</span>
      </FrameNote>
    );
  }
  return (
    <span
      title={`${label} is not there yet`}
      className="absolute inset-0 grid place-content-center justify-items-center gap-2 text-soft"
    >
      <span className={small ? 'text-sm font-semibold' : 'text-lg font-semibold'}>N/A</span>
      {!small && (
        <span className="relative h-0.5 w-16 overflow-hidden rounded-full bg-line" aria-hidden="true">
          <span className="absolute inset-y-0 w-2/7 animate-slide rounded-full bg-light" />
        </span>
      )}
    </span>
  );
}
