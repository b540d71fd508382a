// Deliveries of events to out-hooks that are not done yet, as people look at them.

export interface ListedDelivery {
  /** Of its job. */
  id: string;
  state: 'waiting' | 'failed';
  url: string;
  eventId: string;
  type: string;
  subject: string;
  /** How often it was tried. */
  tries: number;
  /** Why the last try failed. */
  reason: string | null;
  /** When it began to wait, or was given up. */
  at: Date;
  nextTryAt: Date | null;
  /** Where in the list it stands. */
  position: DeliveryPosition;
}

export interface DeliveryPosition {
  /** Microseconds since 1970. */
  at: number;
  id: string;
}

export interface DeliveryFilter {
  state?: 'waiting' | 'failed' | undefined;
  url?: string | undefined;
}

export interface DeliveryList {
  /** Newest first. `after` is the position that ended the page before. */
  list(
    filter: DeliveryFilter,
    limit: number,
    after?: DeliveryPosition,
  ): Promise<{ rows: ListedDelivery[]; next: DeliveryPosition | undefined }>;
  /** Tries again what was given up: these, those to one receiver, or all. @returns how many */
  redrive(which: { ids?: string[] | undefined; url?: string | undefined }): Promise<number>;
}
