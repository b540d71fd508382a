// The original and its facts.
import { asDownload, contentOf } from '../../api/content.ts';
import type { Picture } from '../../api/types.ts';
import { formatBytes } from '../../format/bytes.ts';
import { formatMoment } from '../../format/time.ts';
import { dimensions, formatName } from '../../format/words.ts';
import { KeyText } from '../../parts/key-text.tsx';
import { OriginalTile } from '../pictures/original-tile.tsx';
import { DownloadLink } from './download-link.tsx';
import { Code, Facts } from './facts.tsx';
import { Pane } from './pane.tsx';

export function OriginalPane({ picture }: { picture: Picture }) {
  const there = picture.state !== 'delivered' && picture.state !== 'gone';
  return (
    <Pane
      title="Original"
      actions={there && <DownloadLink href={asDownload(contentOf.original(picture))} label="Download the original" />}
      facts={
        <Facts
          facts={{
            Format: picture.format === null ? undefined : formatName(picture.format),
            Dimensions: picture.width && picture.height ? dimensions(picture.width, picture.height) : undefined,
            Size: picture.size === null ? undefined : formatBytes(picture.size),
            Changed: formatMoment(picture.modifiedAt),
            Bucket: <KeyText text={picture.bucket} />,
            Key: <KeyText text={picture.key} className="break-all" />,
            'SHA-256': picture.sha256 === null ? undefined : <Code text={picture.sha256} />,
          }}
        />
      }
    >
      <OriginalTile picture={picture} eager />
    </Pane>
  );
}
