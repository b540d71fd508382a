// `pixmill render`: one picture, here and now, by the same code as the server's and without one.
import { type Command, Option } from 'commander';
import { FITS, FORMATS } from '../../domain/recipe.ts';
import { anyNumber } from '../arguments.ts';
import { carryOut } from '../output.ts';
import type { RenderOptions } from '../render/render.ts';

export function addRender(program: Command): void {
  program
    .command('render')
    .description('render one picture without a server; "-" stands for standard input or output')
    .argument('<in>', 'the picture')
    .argument('<out>', 'where the result goes; its ending chooses the format where nothing else does')
    .option('--recipe <recipe>', 'as JSON, as @FILE, or as PIPELINE/RENDITION of the configuration')
    .option('--width <pixels>', 'widest the result may be', anyNumber)
    .option('--height <pixels>', 'highest the result may be', anyNumber)
    .addOption(new Option('--fit <how>', 'how it fits into width and height').choices(FITS))
    .addOption(new Option('--format <format>', 'format of the result').choices([...FORMATS, 'same']))
    .option('--quality <1-100>', 'quality of a format that loses some', anyNumber)
    .option('--negate', 'turn the colours into their opposites')
    .option('--grayscale', 'take the colours out')
    .action((source: string, target: string, options: RenderOptions, command: Command) =>
      carryOut(command, async (output) => {
        const { render } = await import('../render/render.ts');
        return render(source, target, options, output);
      }),
    );
}
