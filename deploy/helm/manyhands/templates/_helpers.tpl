{{- define "manyhands.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end -}}

{{- /* What a pod is chosen by: dict "root" $ "part" "gateway". */ -}}
{{- define "manyhands.selector" -}}
app.kubernetes.io/name: manyhands
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- with .group }}
manyhands.workers: {{ . }}
{{- end }}
{{- end -}}

{{- define "manyhands.labels" -}}
{{ include "manyhands.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "manyhands.image" -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end -}}

{{- /* The official chart names its Service so, and its pods have its name as a label. */ -}}
{{- define "manyhands.natsName" -}}
{{- $name := include "manyhands.natsLabel" . -}}
{{- .Values.nats.fullnameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name)) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "manyhands.natsLabel" -}}
{{ .Values.nats.nameOverride | default "nats" }}
{{- end -}}

{{- define "manyhands.natsUrl" -}}
{{- if .Values.natsUrl }}{{ .Values.natsUrl }}{{ else if .Values.nats.enabled }}nats://{{ include "manyhands.natsName" . }}:4222{{ else if not .Values.existingSecret }}{{ fail "Which NATS? Set nats.enabled=true, or natsUrl, or existingSecret (a Secret with NATS_URL)." }}{{ end -}}
{{- end -}}

{{- /* Where a Secret may have another address, this one is in a ConfigMap, whose name is that of its content: pods start anew with another. */ -}}
{{- define "manyhands.natsAddress" -}}
{{ printf "%s-nats-%s" (include "manyhands.name" .) (include "manyhands.natsUrl" . | sha256sum | trunc 8) }}
{{- end -}}

{{- /* What every service is told: dict "root" $ "env" (more of it) "key" (of which identity). A list of name and value, sorted by name. A large number stays as it is written: what `toString` makes of 2000000 is 2e+06, which no service takes. */ -}}
{{- define "manyhands.env" -}}
{{- $values := .root.Values -}}
{{- $env := dict
      "MANYHANDS_LOG_LEVEL" $values.logLevel
      "MANYHANDS_REPLICAS" $values.replicas
      "MANYHANDS_RETENTION_HOURS" $values.retentionHours
      "MANYHANDS_STORAGE_GB" $values.storageGb -}}
{{- with include "manyhands.natsUrl" .root }}{{ if not $values.existingSecret }}{{ $_ := set $env "NATS_URL" . }}{{ end }}{{ end -}}
{{- range $name, $value := mergeOverwrite $env (deepCopy $values.env) (deepCopy .env) }}
- name: {{ $name }}
  value: {{ if kindIs "string" $value }}{{ quote $value }}{{ else }}{{ toJson $value | quote }}{{ end }}
{{- end }}
{{- with $values.natsKeysSecret }}
- name: MANYHANDS_NATS_NKEY
  valueFrom: { secretKeyRef: { name: {{ . }}, key: {{ $.key }}.nkey } }
{{- end }}
{{- end -}}

{{- /* What all pods have: dict "root" $ "part" … */ -}}
{{- define "manyhands.pod" -}}
{{- $values := .root.Values -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- with $values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with .nodeSelector | default $values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .tolerations | default $values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "manyhands.selector" . | nindent 8 }}
{{- end -}}

{{- /* What all containers have. */ -}}
{{- define "manyhands.container" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- if .Values.existingSecret }}
envFrom:
  {{- if include "manyhands.natsUrl" . }}
  # A NATS_URL in the Secret goes before it.
  - configMapRef: { name: {{ include "manyhands.natsAddress" . }} }
  {{- end }}
  - secretRef: { name: {{ .Values.existingSecret }} }
{{- end }}
{{- end -}}

{{- /* The files that a Secret has, beside what else is mounted: dict "root" $ "more" (a list). */ -}}
{{- define "manyhands.volumes" -}}
{{- $files := list }}{{ with .root.Values.filesSecret }}{{ $files = list (dict "name" "files" "secret" (dict "secretName" .)) }}{{ end -}}
{{- with concat $files .more }}volumes: {{ toJson . }}{{ end -}}
{{- end -}}

{{- define "manyhands.mounts" -}}
{{- $files := list }}{{ with .root.Values.filesSecret }}{{ $files = list (dict "name" "files" "mountPath" "/etc/manyhands" "readOnly" true) }}{{ end -}}
{{- with concat $files .more }}volumeMounts: {{ toJson . }}{{ end -}}
{{- end -}}

{{- /* Restarted for a process that hangs, never for a NATS that is away: a restart does not bring that back. Argument: the port's name and the path of readiness. */ -}}
{{- define "manyhands.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: {{ .port }} }
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /healthz, port: {{ .port }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: {{ .ready }}, port: {{ .port }} }
  periodSeconds: 5
  timeoutSeconds: 5
{{- end -}}

{{- /* A group of workers with all that it does not state: dict "root" $ "group" . */ -}}
{{- define "manyhands.group" -}}
{{- mergeOverwrite (deepCopy .root.Values.workerDefaults) .group | toJson -}}
{{- end -}}
