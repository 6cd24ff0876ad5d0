/**
 * The form for a kind's parameters, from its JSON Schema.
 *
 * The validator interprets the schema; one that compiles it (ajv) needs `eval`, which the content security policy refuses.
 */
import { Validator } from '@cfworker/json-schema';
import { theme } from '@sjsf/basic-theme';
import { createFormValidator } from '@sjsf/cfworker-validator';
import { createForm, type FormState, type Schema } from '@sjsf/form';
import { createFormIdBuilder } from '@sjsf/form/id-builders/modern';
import { createFormMerger } from '@sjsf/form/mergers/modern';
import { resolver } from '@sjsf/form/resolvers/basic';
import { translation } from '@sjsf/form/translations/en';

export type Params = Record<string, unknown>;

/** Call while a component initialises. `submit` gets parameters that fit the schema. */
export function createParamsForm(schema: Record<string, unknown>, initialValue: Params, submit: (params: Params) => void): FormState<Params> {
  // The kind's title and description stand above the form already.
  const { title: _title, description: _description, ...rest } = schema;
  return createForm<Params>({
    theme,
    schema: rest as Schema,
    initialValue,
    resolver,
    translation,
    idPrefix: 'params',
    idBuilder: createFormIdBuilder,
    merger: createFormMerger,
    validator: createFormValidator<Params>({ factory: (each) => new Validator(each as never, '2020-12', false) }),
    uiSchema: { 'ui:options': { hideTitle: true } },
    onSubmit: submit,
  });
}
