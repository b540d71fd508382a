// Which files are pictures as far as a name and a type can tell; the server looks at the bytes.

/** Types of pictures that browsers or systems leave unnamed, by the end of the file's name. */
const BY_EXTENSION: Record<string, string> = {
  avif: 'image/avif',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  jxl: 'image/jxl',
  png: 'image/png',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  webp: 'image/webp',
};

/** For the `accept` of a file chooser. */
export const ACCEPT = ['image/*', ...Object.keys(BY_EXTENSION).map((extension) => `.${extension}`)].join(',');

/** The type of a picture, or undefined where the file does not even claim to be one. */
export function pictureType({ name, type }: { name: string; type: string }): string | undefined {
  if (type.startsWith('image/')) return type;
  return BY_EXTENSION[name.slice(name.lastIndexOf('.') + 1).toLowerCase()];
}

/** Pasted pictures are all called `image.png`: a time tells them apart. */
export function nameForPasted(file: File, at: Date): File {
  const stamp = at.toISOString().slice(0, 19).replaceAll(':', '-').replace('T', ' ');
  const extension = file.type.slice('image/'.length).replace('jpeg', 'jpg');
  return new File([file], `pasted ${stamp}.${extension}`, { type: file.type, lastModified: at.getTime() });
}
