/** The job that is being typed as a Python program that submits it, with nothing but what comes with Python. Pure. */

export interface PythonJob {
  /** What `POST /v1/jobs` is sent. */
  body: object;
  /** The file that its chunks are cut from, and the route that takes it; null: it has none. */
  upload: { file: string; path: string } | null;
  origin: string;
  hasAccounts: boolean;
}

export function pythonCode({ body, upload, origin, hasAccounts }: PythonJob): string {
  const key = hasAccounts ? `, "authorization": "Bearer " + os.environ["MANYHANDS_KEY"]` : '';
  return [
    `import json, ${hasAccounts ? 'os, ' : ''}urllib.request`,
    ``,
    `def post(path, data, type="application/json"):`,
    `    headers = {"content-type": type${key}}`,
    `    request = urllib.request.Request(${literal(origin)} + path, data, headers)`,
    `    with urllib.request.urlopen(request) as answer:`,
    `        return json.load(answer)`,
    ``,
    `job = ${literal(body)}`,
    ...(upload === null
      ? []
      : [
          `with open(${literal(upload.file)}, "rb") as items:`,
          `    job["input"] = post(${literal(upload.path)}, items.read(), "application/octet-stream")["input_id"]`,
        ]),
    `print(post("/v1/jobs", json.dumps(job).encode()))`,
  ].join('\n');
}

/** A value of JSON as Python writes it. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}: ${literal(field)}`).join(', ')}}`;
}
