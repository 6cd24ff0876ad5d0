/** `manyhands completion`: a script for the shell that asks the hidden command `__complete` what can follow. */
import type { Command } from 'commander';
import { usage } from '../exit.ts';
import type { Session } from '../session.ts';

const scripts: Record<string, string> = {
  bash: `# manyhands completion bash >> ~/.bashrc
_manyhands() {
  local IFS=$'\\n'
  COMPREPLY=( $(manyhands __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) )
}
complete -o default -F _manyhands manyhands mh
`,
  zsh: `#compdef manyhands mh
# manyhands completion zsh > "\${fpath[1]}/_manyhands"
_manyhands() {
  local -a found
  found=("\${(@f)$(manyhands __complete -- "\${(@)words[2,$CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -- $found; else _files; fi
}
compdef _manyhands manyhands mh
`,
  fish: `# manyhands completion fish > ~/.config/fish/completions/manyhands.fish
complete -c manyhands -a '(manyhands __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
};

export async function run(session: Session, command: Command): Promise<void> {
  const script = scripts[command.args[0] ?? ''];
  if (script === undefined) throw usage('The shell must be bash, zsh or fish.');
  await session.print(script);
}
