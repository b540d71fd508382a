// An object's key: isolated from the text around it, since it may be in any script and run in any direction.

export function KeyText({ text, className = '' }: { text: string; className?: string }) {
  return (
    <bdi dir="auto" title={text} className={className}>
      {text}
    </bdi>
  );
}
