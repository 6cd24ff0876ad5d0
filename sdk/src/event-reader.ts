/** Reads server-sent events from bytes as they come in; the part of the standard that the API uses. */
export interface ServerEvent {
  /** `message` when the server names none. */
  event: string;
  data: string;
  /** The newest id so far, also of earlier events. */
  id: string | undefined;
}

/** Yields one event per blank line. A last event without one is dropped, as the standard states. `heard` is called for every piece. */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  heard: () => void = () => undefined,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  let id: string | undefined;
  let event = '';
  let data: string[] = [];
  for await (const piece of body) {
    heard();
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { field, value } = fieldOf(line);
      if (field === 'id') id = value;
      else if (field === 'event') event = value;
      else if (field === 'data') data.push(value);
      else if (field === '' && value === '') {
        if (data.length > 0) yield { event: event || 'message', data: data.join('\n'), id };
        event = '';
        data = [];
      }
    }
  }
}

/** A blank line is the empty field with an empty value; a comment is the field `:`. */
function fieldOf(raw: string): { field: string; value: string } {
  const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  if (line.startsWith(':')) return { field: ':', value: line };
  const colon = line.indexOf(':');
  if (colon < 0) return { field: line, value: '' };
  const value = line.slice(colon + 1);
  return { field: line.slice(0, colon), value: value.startsWith(' ') ? value.slice(1) : value };
}
