import { observeWindowOffset, observeWindowRect, Virtualizer, windowScroll } from '@tanstack/virtual-core';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';


/** Rows of a long list in the window: only those that are near the screen are made. */
export function useWindowRows(count: number, keyOf: (index: number) => string, row: number, top: () => number) {
  const [, again] = useReducer((turn: number) => turn + 1, 0);
  const options = {
    count,
    getItemKey: keyOf,
    getScrollElement: () => window,
    estimateSize: () => row,
    overscan: 12,
    scrollMargin: top(),
    scrollPaddingStart: 48,
    scrollPaddingEnd: 96,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    onChange: () => again(undefined),
  };
  const [rows] = useState(() => new Virtualizer<Window, HTMLElement>(options));
  rows.setOptions({ ...rows.options, ...options });
  useLayoutEffect(() => rows._didMount(), []);
  useLayoutEffect(() => rows._willUpdate());
  return rows;
}
