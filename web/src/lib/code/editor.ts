/**
 * The code editor: CodeMirror, in a file of its own that is loaded when a form has a field for code.
 *
 * Invariant: the key Tab leaves the editor, as it leaves any field; Escape is not needed to get out.
 */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { EditorState, StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, highlightActiveLine, keymap, lineNumbers, type DecorationSet } from '@codemirror/view';
import { tags } from '@lezer/highlight';

export interface CodeEditor {
  /** Shows this text; what it shows already stays as it is, with the cursor. */
  take(text: string): void;
  /** Marks the line that is wrong, from 1; none when undefined. */
  mark(line: number | undefined): void;
  focus(): void;
  end(): void;
}

export interface CodeEditorOptions {
  text: string;
  /** Of the element that has the keyboard. */
  attributes: Record<string, string>;
  changed: (text: string) => void;
}

const setWrong = StateEffect.define<number | undefined>();
const wrongMark = Decoration.line({ class: 'code-wrong' });

/** The marked line moves with the text around it. */
const wrongLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, { changes, effects, state }) {
    const asked = effects.find((effect) => effect.is(setWrong));
    if (asked === undefined) return marks.map(changes);
    const line = asked.value as number | undefined;
    if (line === undefined || line < 1 || line > state.doc.lines) return Decoration.none;
    return Decoration.set([wrongMark.range(state.doc.line(line).from)]);
  },
  provide: (field) => EditorView.decorations.from(field),
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--leased-ink)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--failed-ink)' },
  { tag: [tags.comment], color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.function(tags.variableName)], fontWeight: '600' },
]);

const look = EditorView.theme({
  '&': { fontSize: '0.8125rem', color: 'var(--ink)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.55', minHeight: '14rem', maxHeight: '32rem' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { color: 'var(--muted)', backgroundColor: 'transparent', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in oklab, var(--raised) 70%, transparent)' },
  '.code-wrong': { backgroundColor: 'color-mix(in oklab, var(--failed) 16%, transparent)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--accent-soft)' },
});

export function openEditor(parent: HTMLElement, { text, attributes, changed }: CodeEditorOptions): CodeEditor {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        bracketMatching(),
        indentOnInput(),
        indentUnit.of('  '),
        highlightActiveLine(),
        javascript(),
        syntaxHighlighting(colours),
        look,
        wrongLine,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of(attributes),
        EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
        keymap.of([...defaultKeymap, ...historyKeymap]),
      ],
    }),
  });
  return {
    take(shown) {
      if (view.state.doc.toString() !== shown) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: shown } });
    },
    mark: (line) => view.dispatch({ effects: setWrong.of(line) }),
    focus: () => view.focus(),
    end: () => view.destroy(),
  };
}
