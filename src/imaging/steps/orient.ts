// Turns a frame of an animation upright. Still pictures are turned while they are decoded.
import { type Canvas, PLACE } from '../canvas.ts';

/** For each value of the EXIF tag: degrees clockwise, then whether left and right change places. */
const TURNS: Record<number, [angle: number, mirror: boolean]> = {
  2: [0, true],
  3: [180, false],
  4: [180, true],
  5: [90, true],
  6: [90, false],
  7: [270, true],
  8: [270, false],
};

/** @param orientation the EXIF tag, 1–8; anything else leaves the frame as it is */
export async function orientFrame(canvas: Canvas, orientation: number): Promise<void> {
  const [angle, mirror] = TURNS[orientation] ?? [0, false];
  const { width, height } = canvas;
  const lies = angle % 180 !== 0;
  if (angle !== 0) {
    await canvas.add(PLACE.turn, (image) => image.rotate(angle), lies ? { width: height, height: width } : { width, height });
  }
  if (mirror) await canvas.add(PLACE.mirror, (image) => image.flop());
}
