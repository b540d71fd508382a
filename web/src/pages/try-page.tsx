// The instant thumbnail: a picture in, its rendition beside it at once, nothing stored.
import { useState } from 'react';
import { Panes } from '../features/picture/panes.tsx';
import { OwnPictures } from '../features/try/own-pictures.tsx';
import { RecipeControls } from '../features/try/recipe-controls.tsx';
import { FIRST_RECIPE, recipeOf } from '../features/try/recipe-form.ts';
import { RenderedPane } from '../features/try/rendered-pane.tsx';
import { SourcePane } from '../features/try/source-pane.tsx';
import { useRendering } from '../features/try/use-rendering.ts';
import { ChooseButton } from '../features/upload/choose-button.tsx';
import { FileCatcher } from '../features/upload/file-catcher.tsx';
import { CopyLine } from '../parts/copy-line.tsx';

export default function TryPage() {
  const [file, setFile] = useState<File>();
  const [form, setForm] = useState(FIRST_RECIPE);
  const recipe = recipeOf(form);
  const rendering = useRendering(file, JSON.stringify(recipe));
  const take = ([first]: File[]) => first && setFile(first);

  return (
    <>
      <title>Try it – Pixmill</title>
      <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-3 pt-6 pb-5">
        <div>
          <h1 className="text-2xl font-semibold tracking-tight">Try a recipe</h1>
          <p className="mt-1 text-soft">Drop a picture and see what a recipe makes of it. Nothing is stored.</p>
        </div>
        {file && <ChooseButton label="Another picture" onFiles={take} />}
      </div>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        {file ? (
          <Panes>
            <h2 className="sr-only">Before and after</h2>
            <SourcePane file={file} />
            <RenderedPane rendering={rendering} before={file.size} stem={file.name.replace(/\.[^.]*$/, '')} />
          </Panes>
        ) : (
          <div className="grid place-content-center justify-items-center rounded-2xl border-2 border-dashed border-line px-6 py-20 text-center lg:min-h-[30rem]">
            <p className="text-lg font-semibold">Drop a picture here</p>
            <p className="mt-1 mb-5 text-soft">Or paste one, or choose it.</p>
            <ChooseButton label="Choose a picture" look="primary" onFiles={take} />
            <OwnPictures onFile={setFile} />
          </div>
        )}
        <aside aria-label="Recipe" className="min-w-0 rounded-2xl border border-line bg-surface p-5">
          <RecipeControls form={form} onChange={setForm} />
          <div className="mt-6 border-t border-line pt-5">
            <h2 className="mb-2 font-semibold">For the configuration</h2>
            <CopyLine text={JSON.stringify(recipe, null, 2)} label="the recipe" />
          </div>
        </aside>
      </div>
      <FileCatcher invitation="Let go to try the recipe on this picture" onFiles={take} />
    </>
  );
}
