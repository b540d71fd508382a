// What came back: the picture as rendered, or why there is none.
import { formatBytes, formatSaving } from '../../format/bytes.ts';
import { formatDuration } from '../../format/time.ts';
import { dimensions, formatName } from '../../format/words.ts';
import { Bar } from '../../parts/bar.tsx';
import { Icon } from '../../parts/icon.tsx';
import { DownloadLink } from '../picture/download-link.tsx';
import { Facts } from '../picture/facts.tsx';
import { Pane } from '../picture/pane.tsx';
import type { Rendering } from './use-rendering.ts';

interface RenderedPaneProps {
  rendering: Rendering;
  /** Bytes of the file it was made of. */
  before: number;
  /** What a downloaded file is called, without its extension. */
  stem: string;
}

export function RenderedPane({ rendering: { rendered, busy, fault }, before, stem }: RenderedPaneProps) {
  const format = rendered?.type.replace('image/', '') ?? '';
  return (
    <Pane
      title="Rendition"
      actions={
        rendered && (
          <DownloadLink
            href={rendered.url}
            name={`${stem}.${format === 'jpeg' ? 'jpg' : format}`}
            label="Download the rendition"
          />
        )
      }
      facts={
        rendered && (
          <Facts
            facts={{
              Format: formatName(format),
              Dimensions: dimensions(rendered.width, rendered.height),
              Size: (
                <>
                  {formatBytes(rendered.bytes)}{' '}
                  <span className="font-medium text-good">{formatSaving(before, rendered.bytes)}</span>
                </>
              ),
              Time: (
                <>
                  {formatDuration(rendered.serverMs)}{' '}
                  <span className="text-soft">({formatDuration(rendered.hereMs)} until here)</span>
                </>
              ),
            }}
          />
        )
      }
    >
      {rendered && (
        <img
          src={rendered.url}
          alt="Rendition"
          className={`absolute inset-0 m-auto max-h-full max-w-full transition-opacity ${busy ? 'opacity-60' : ''}`}
        />
      )}
      {fault && (
        <p
          role="alert"
          className="grid size-full place-content-center justify-items-center gap-2 bg-badground p-6 text-center text-bad"
        >
          <Icon name="warning" className="size-7" />
          {fault}
        </p>
      )}
      {busy && <Bar label="Rendering" className="absolute inset-x-0 top-0 rounded-none" />}
    </Pane>
  );
}
