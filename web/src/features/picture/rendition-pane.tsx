// One rendition and its facts; or that it is not there yet; or why it will not be, and what helps.
import { asDownload, contentOf } from '../../api/content.ts';
import type { Picture } from '../../api/types.ts';
import { formatBytes, formatSaving } from '../../format/bytes.ts';
import { formatDuration, formatMoment } from '../../format/time.ts';
import { dimensions, formatName } from '../../format/words.ts';
import { KeyText } from '../../parts/key-text.tsx';
import { RenditionTile } from '../pictures/rendition-tile.tsx';
import { isCopy, type Standing, standingLabel } from '../pictures/standing.ts';
import { DownloadLink } from './download-link.tsx';
import { Code, Facts } from './facts.tsx';
import { FailureNote } from './failure-note.tsx';
import { Pane } from './pane.tsx';

export function RenditionPane({ picture, standing }: { picture: Picture; standing: Standing }) {
  const { rendition, failure } = standing;
  return (
    <Pane
      title={<KeyText text={standingLabel(standing)} />}
      actions={
        rendition && (
          <DownloadLink href={asDownload(contentOf.rendition(rendition))} label={`Download ${standingLabel(standing)}`} />
        )
      }
      facts={
        <>
          {failure && <FailureNote failure={failure} />}
          {rendition && <RenditionFacts rendition={rendition} originalSize={picture.size} />}
          {!failure && !rendition && <p className="mt-3 text-sm text-soft">Not there yet. It appears here by itself.</p>}
        </>
      }
    >
      <RenditionTile standing={standing} eager />
    </Pane>
  );
}

function RenditionFacts({
  rendition,
  originalSize,
}: {
  rendition: NonNullable<Standing['rendition']>;
  originalSize: number | null;
}) {
  const { width, height } = rendition;
  const copied = isCopy(rendition);
  const saving = originalSize === null || copied ? undefined : formatSaving(originalSize, rendition.size);
  const saved = originalSize === null ? 0 : originalSize - rendition.size;
  return (
    <Facts
      facts={{
        Format: copied ? 'as it was' : formatName(rendition.format),
        Dimensions: width && height ? dimensions(width, height) : undefined,
        Size: (
          <>
            {formatBytes(rendition.size)} {saving && <span className="text-soft">({saving})</span>}
          </>
        ),
        Saved: saved > 0 ? <span className="font-semibold text-good">{formatBytes(saved)}</span> : undefined,
        Ready: (
          <>
            in {formatDuration(rendition.totalMs)}{' '}
            <span className="text-soft">
              ({rendition.decodeMs > 0 && `decoded in ${formatDuration(rendition.decodeMs)}, `}
              {copied ? 'copied' : 'rendered'} in {formatDuration(rendition.renderMs)})
            </span>
          </>
        ),
        Made: formatMoment(rendition.madeAt),
        Bucket: <KeyText text={rendition.bucket} />,
        Key: <KeyText text={rendition.key} className="break-all" />,
        'SHA-256': <Code text={rendition.sha256} />,
        Recipe: <Code text={rendition.fingerprint} />,
        Engine: <span className="text-soft">{rendition.engine}</span>,
      }}
    />
  );
}
