const LINE = /^kuberayVersion:[ \t]*(["']?)v?(\d+\.\d+)[^\n]*$/m;

/** The release that settings name, as far as it is written on a line of its own. */
export function releaseIn(settings: string): string | undefined {
  return LINE.exec(settings)?.[2];
}

/** The settings with another release. */
export function withRelease(settings: string, release: string): string {
  const line = `kuberayVersion: "${release}"`;
  if (LINE.test(settings)) return settings.replace(LINE, line);
  return settings ? `${line}\n${settings}` : `${line}\n`;
}
