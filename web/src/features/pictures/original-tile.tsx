// The tile of an original.
import { contentOf } from '../../api/content.ts';
import type { Picture } from '../../api/types.ts';
import { FrameNote } from '../../parts/frame-note.tsx';
import { FramedImage } from '../../parts/framed-image.tsx';

export function OriginalTile({ picture, eager = false }: { picture: Picture; eager?: boolean }) {
  if (picture.state === 'delivered') return <FrameNote icon="check">Delivered, and the original deleted</FrameNote>;
  if (picture.state === 'gone') return <FrameNote icon="trash">Original deleted</FrameNote>;
  // In a list the originals would be megabytes each; the one that is looked at is shown as it is.
  const src = eager ? contentOf.original(picture) : contentOf.preview(picture);
  return <FramedImage key={src} src={src} alt="Original" width={picture.width} height={picture.height} eager={eager} />;
}
