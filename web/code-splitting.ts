/**
 * What two pages share comes in one file: a page of thirty small ones took half a second longer to open.
 *
 * Apart from it is what only some pages need: dialogs, the form of a job, lists of jobs, signing in, and what a first visit does not show.
 *
 * A group takes what it imports along, so the one that all others import comes first. A page loads the whole of a group for one thing in it, and of all that the
 * group imports.
 *
 * Invariant: what SvelteKit starts with is apart, because its client may be loaded only after that has run.
 */
const core = /node_modules\/(svelte|@sveltejs\/kit|esm-env|clsx|devalue)\/|lib\/(ui\/Notice\.svelte|api-problem\.ts)/;

/** By their names. Each imports of the others only what stands above it. */
const apart = {
  /** What writes and shows a submission as code in one language of several. */
  code: /lib\/(ui\/CodeTabs|jobs\/(submission|python)-code|account\/curl-line)/,
  /**
   * What the parts of bits-ui share, such as dialogs and tabs: visitors and the frame have none of them. With what a form of a new job has in common with the page of
   * a job, to run it again, and the one of operations, for its schedules: who loads one of both nearly always loads the other.
   */
  widgets:
    /lib\/(inputs\/|schedules\/timing|jobs\/(run-again|trying|bounds|notify)\.ts)|node_modules\/(runed|svelte-toolbelt|style-to-object|inline-style-parser)\/|bits-ui\/dist\/(shared|bits\/(tabs|radio-group|utilities\/(config|hidden-input))|internal\/(?!body-scroll-lock|animations-complete|presence-manager))/,
  /** Lists of jobs, what finds one in them, and fields. */
  rows: /lib\/jobs\/(list|rows|newest-jobs|filter-address|view-names)|lib\/ui\/(JobRow|OlderJobs|FilterSelect|SearchField|NumberField|TextField)|proto\/src\/job-search/,
  'sign-in':
    /routes\/(SignIn|Providers|NoAccounts)\.svelte|lib\/account\/sign-in-problems|lib\/ui\/(PasswordField|EmailField)|icons\/eye(-off)?\./,
  /** What opens over a page. What imports one stands below, or every visit loads it. */
  dialogs:
    /bits-ui\/dist\/(bits\/(dialog|alert-dialog|utilities\/(focus-scope|dismissible-layer|escape-layer|text-selection-layer|scroll-lock|portal|presence))|internal\/(body-scroll-lock|animations-complete|presence-manager))|tabbable|lib\/ui\/(Confirm|Sheet)\.svelte/,
  /** What follows one job. */
  watch: /lib\/jobs\/(watch|held-view)/,
  /** The history, and two of its jobs compared. */
  past: /lib\/history\//,
  /** What draws curves, for two pages of administrators. */
  curves: /node_modules\/uplot\//,
  /** What jobs left: values, files, errors, and words for what a lease did; and what is asked for again and again. */
  left: /lib\/(polled-list|account\/account-calls|results\/(shape|download|file-name)|jobs\/error-words|leases\/lease-words|ui\/(DownloadLink|ListEnd|Unfolding))|answered-leases/,
  /** What runs over many jobs at once. */
  runs: /lib\/(ui\/(RunProgress|RunFoot)\.svelte|jobs\/many-run)/,
  /** What failed, and what runs it again. */
  letters: /lib\/(dead-letters|ui\/(FailureGroup|Letter|DeadLetter|DiscardAll|RequeueGroup))|proto\/src\/failure-groups/,
  /** Lanes of workers. */
  lanes: /lib\/(workers|leases\/(Timeline|lane-|lanes))|routes\/workers\/|worker-samples/,
  /** Tables that are blocks on a phone, and the one of schedules. */
  tables: /lib\/(schedules|ui\/FitTable)|routes\/operations\//,
  /** Where the time of one job went. */
  times: /WhereTimeWent/,
  /** What else only pages share that a first visit does not show, mostly those of one job. */
  parts:
    /routes\/(jobs\/\[id\]|failures)\/|lib\/(leases|chunk-map|logs|code\/|results\/(addresses|first-lines)|jobs\/(polled|commands|verdict|keep-chosen|share))|lib\/ui\/(Json|Result|EdgeRow|Param)/,
};

const minShareCount = 2;
const isApart = (id: string): boolean => Object.values(apart).some((each) => each.test(id));

export const codeSplitting = {
  groups: [
    // Of the docs, what finds a page needs only which there are.
    { name: 'docs', test: /lib\/docs\/contents\.ts/, priority: 5 },
    { name: 'start', test: /runtime\/client\/payload\.js|preload-helper/, priority: 4 },
    { name: 'core', test: core, minShareCount, priority: 3 },
    { name: 'shared', test: (id: string) => !isApart(id), minShareCount, priority: 2 },
    ...Object.entries(apart).map(([name, test], at) => ({ name, test, minShareCount, priority: 1 / (1 + at) })),
  ],
};
