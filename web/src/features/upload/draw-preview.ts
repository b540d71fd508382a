// Draws files small, a few at a time: a hundred photographs decoded at once in full would fill the memory of a phone.

/** Pixels; twice the width of a frame, for sharp screens. */
const WIDTH = 288;
const AT_ONCE = 2;

let drawing = 0;
const waiting: (() => void)[] = [];

/**
 * Draws the picture onto the canvas.
 * @returns false where it was given up before its turn came
 * @throws where the browser cannot decode the file
 */
export async function drawPreview(blob: Blob, canvas: HTMLCanvasElement | null, signal: AbortSignal): Promise<boolean> {
  if (drawing >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  drawing++;
  try {
    if (signal.aborted || !canvas) return false;
    const bitmap = await createImageBitmap(blob, { resizeWidth: WIDTH, resizeQuality: 'medium' });
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
    return true;
  } finally {
    drawing--;
    waiting.shift()?.();
  }
}
