import { Text } from 'ink';
import { memo } from 'react';

/** One row of the screen, painted already: the one `Text` per row that Ink draws cheapest. */
export const Row = memo(function Row({ text }: { text: string }) {
  return <Text wrap="truncate">{text}</Text>;
});
