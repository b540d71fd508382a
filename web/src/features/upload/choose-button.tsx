// A button that opens the system's file chooser for pictures.
import { useRef } from 'react';
import { Button } from '../../parts/button.tsx';
import { ACCEPT } from './picture-files.ts';

interface ChooseButtonProps {
  label: string;
  look?: 'primary' | 'plain';
  multiple?: boolean;
  onFiles: (files: File[]) => void;
}

export function ChooseButton({ label, look = 'plain', multiple = false, onFiles }: ChooseButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button look={look} icon="upload" onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        accept={ACCEPT}
        multiple={multiple}
        hidden
        aria-label={label}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          // The same file may be chosen again.
          currentTarget.value = '';
        }}
      />
    </>
  );
}
