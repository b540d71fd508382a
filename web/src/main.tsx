// Starts the page.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { SafetyNet } from './shell/safety-net.tsx';
import './styles.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element "root"');
createRoot(root).render(
  <StrictMode>
    <SafetyNet>
      <App />
    </SafetyNet>
  </StrictMode>,
);
