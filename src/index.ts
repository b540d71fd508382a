// What a configuration imports from the package.
import type { ConfigInput } from './config/schema.ts';

export type { RecipeInput } from './config/recipe-schema.ts';
export type { ConfigInput };

/** Gives the editor the types of the configuration, and returns it unchanged. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
