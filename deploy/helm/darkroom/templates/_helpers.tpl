{{- define "darkroom.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What tells this release's pods from all others; never changes, because a Deployment's selector cannot. */}}
{{- define "darkroom.instance" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "darkroom.labels" -}}
{{ include "darkroom.instance" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "darkroom.serviceAccount" -}}
{{- ternary (default (include "darkroom.fullname" .) .Values.serviceAccount.name) (default "default" .Values.serviceAccount.name) .Values.serviceAccount.create -}}
{{- end -}}

{{- define "darkroom.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default (ternary (printf "%s-cuda" .Chart.AppVersion) .Chart.AppVersion .Values.gpu.enabled) .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The worker's settings: the values', and over them what follows from the rest of the chart. */}}
{{- define "darkroom.config" -}}
{{- $models := ternary "/etc/darkroom/models.yaml" .Values.models.path (gt (len .Values.models.catalogue) 0) -}}
{{- $drain := sub (int .Values.terminationGracePeriodSeconds) 20 -}}
{{- $own := dict
      "admin" (dict "host" "0.0.0.0" "port" 9464)
      "models" $models
      "model-cache" (dict "folder" "/var/cache/darkroom")
      "drain-timeout" (printf "PT%dS" $drain) -}}
{{- if .Values.autoscaling.enabled -}}
{{- $replicas := dict "min" .Values.autoscaling.minReplicas "max" .Values.autoscaling.maxReplicas -}}
{{- $_ := set $own "lag" (dict "replicas" $replicas) -}}
{{- end -}}
{{- if .Values.privateAuthority.secret -}}
{{- $_ := set $own "s3" (dict "ca-file" "/etc/darkroom-ca/ca.crt") -}}
{{- end -}}
{{/* A node ends a pod that fills its emptyDir: the cache keeps a tenth free. */}}
{{- $mebibytes := get (dict "Mi" 1 "Gi" 1024 "Ti" 1048576) (regexFind "[MGT]i$" .Values.modelCache.size) -}}
{{- $cache := div (mul (regexFind "^[0-9]+" .Values.modelCache.size | int64) $mebibytes 9) 10 -}}
{{- $defaults := dict
      "device" (ternary "cuda" "cpu" .Values.gpu.enabled)
      "model-cache" (dict "size" (printf "%dMiB" $cache)) -}}
{{- mustMergeOverwrite $defaults (deepCopy .Values.config) $own | toYaml -}}
{{- end -}}

{{/* The certificates of private authorities, where there are some. */}}
{{- define "darkroom.authorityMount" -}}
{{- if .Values.privateAuthority.secret }}
- {name: private-authority, mountPath: /etc/darkroom-ca, readOnly: true}
{{- end }}
{{- end -}}

{{- define "darkroom.authorityVolume" -}}
{{- with .Values.privateAuthority }}
{{- if .secret }}
- name: private-authority
  secret:
    secretName: {{ .secret }}
    items:
      - {key: {{ .key }}, path: ca.crt}
{{- end }}
{{- end }}
{{- end -}}

{{- define "darkroom.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "darkroom.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Settings from Secrets whose names begin with a prefix, under the names that the worker reads them by. */}}
{{- define "darkroom.secretEnv" -}}
{{- range $setting, $from := .secrets }}
{{- if hasPrefix $.prefix $setting }}
{{- $name := printf "DARKROOM_%s" ($setting | replace "." "_" | replace "-" "_" | upper) }}
{{- if hasPrefix "kafka.properties." $setting }}
{{- $name = printf "DARKROOM_KAFKA_PROPERTY_%s" ($setting | trimPrefix "kafka.properties." | replace "." "_" | upper) }}
{{- end }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $from.secret }}
      key: {{ $from.key }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "darkroom.probes" -}}
startupProbe:
  httpGet: {path: /startupz, port: admin}
  periodSeconds: 5
  failureThreshold: {{ .startups }}
livenessProbe:
  httpGet: {path: /livez, port: admin}
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /readyz, port: admin}
  periodSeconds: 5
  timeoutSeconds: 3
{{- end -}}

{{/* Ports of brokers and bucket, as egress rules; the destination may be anything that listens there. */}}
{{- define "darkroom.kafkaPorts" -}}
{{- $servers := dig "kafka" "bootstrap-servers" "localhost:9092" .Values.config -}}
{{- $ports := list -}}
{{- range regexFindAll ":[0-9]+" $servers -1 }}{{ $ports = append $ports (trimPrefix ":" . | int) }}{{ end -}}
{{- range .Values.networkPolicy.kafkaPorts }}{{ $ports = append $ports (int .) }}{{ end -}}
{{- range uniq $ports }}
- {port: {{ . }}, protocol: TCP}
{{- end }}
{{- end -}}

{{- define "darkroom.bucketPort" -}}
{{- $endpoint := dig "s3" "endpoint" "https://s3" .Values.config -}}
{{- $given := regexFind ":[0-9]+$" (urlParse $endpoint).host -}}
{{- default (ternary 80 443 (hasPrefix "http://" $endpoint)) (trimPrefix ":" $given) -}}
{{- end -}}

{{- define "darkroom.exporter" -}}
{{- ternary "true" "" (or .Values.autoscaling.enabled .Values.lagExporter.enabled) -}}
{{- end -}}
