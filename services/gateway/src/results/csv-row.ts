/** One row of CSV (RFC 4180): a field is in quotes where it must be, and the row ends with CRLF. Pure. */
export function csvRow(fields: readonly string[]): string {
  return `${fields.map(quoted).join(',')}\r\n`;
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
