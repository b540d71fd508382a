// Reads a list of the API page by page, up to as many items as are wanted.

interface Page<Item> {
  items: Item[];
  next: string | null;
}

/**
 * @param most items that the API gives on a page
 * @param ask for a page of so many, behind the cursor @returns `more` where there may be more than the limit
 */
export async function readItems<Item>(
  limit: number,
  most: number,
  ask: (query: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<{ items: Item[]; more: boolean }> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await ask({ limit: Math.min(most, limit - items.length), ...(cursor !== null && { cursor }) });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && items.length < limit);
  return { items, more: cursor !== null };
}
