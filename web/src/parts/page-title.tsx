// The heading of a page, with a sentence on what it shows.

export function PageTitle({ title, children }: { title: string; children: string }) {
  return (
    <div className="pt-6">
      <title>{`${title} – Pixmill`}</title>
      <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
      <p className="mt-1 max-w-3xl text-soft">{children}</p>
    </div>
  );
}
