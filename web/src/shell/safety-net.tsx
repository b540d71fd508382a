// Catches what breaks while drawing, so that a fault of the page is a sentence and a way on rather than an empty window.
import { Component, type ReactNode } from 'react';
import { Button } from '../parts/button.tsx';

export class SafetyNet extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <main role="alert" className="grid min-h-dvh place-content-center justify-items-center gap-4 p-6 text-center">
        <h1 className="text-2xl font-semibold tracking-tight">The page broke</h1>
        <p className="max-w-md text-soft">
          Your pictures are untouched. Loading the page again usually mends it; the browser’s console says what happened.
        </p>
        <Button look="primary" icon="retry" onClick={() => location.reload()}>
          Load again
        </Button>
      </main>
    );
  }
}
