// The picture that was handed in, shown from this device.
import { useState } from 'react';
import { formatBytes } from '../../format/bytes.ts';
import { dimensions } from '../../format/words.ts';
import { Icon } from '../../parts/icon.tsx';
import { KeyText } from '../../parts/key-text.tsx';
import { Facts } from '../picture/facts.tsx';
import { Pane } from '../picture/pane.tsx';
import { useObjectUrl } from './use-object-url.ts';

/** What the browser made of a file: its size in pixels, or that it cannot show it. */
type Seen = { of: string; width: number; height: number } | { of: string; width: undefined };

export function SourcePane({ file }: { file: File }) {
  const url = useObjectUrl(file);
  const [last, setSeen] = useState<Seen>();
  const seen = last?.of === url ? last : undefined;
  return (
    <Pane
      title="Original"
      facts={
        <Facts
          facts={{
            Name: <KeyText text={file.name} className="break-all" />,
            Dimensions: seen?.width ? dimensions(seen.width, seen.height) : undefined,
            Size: formatBytes(file.size),
          }}
        />
      }
    >
      {seen && seen.width === undefined ? (
        <span className="grid size-full place-content-center justify-items-center gap-1.5 p-4 text-center text-sm text-soft">
          <Icon name="image" className="size-7" />
          This browser cannot show the file
        </span>
      ) : (
        url && (
          <img
            src={url}
            alt="Original"
            onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
              setSeen({ of: url, width: naturalWidth, height: naturalHeight })
            }
            onError={() => setSeen({ of: url, width: undefined })}
            className="absolute inset-0 size-full object-contain"
          />
        )
      )}
    </Pane>
  );
}
