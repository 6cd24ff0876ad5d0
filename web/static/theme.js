/* Sets the colour mode before the first paint; mode-watcher owns it from then on. Dark unless the user chose otherwise. */
(function () {
  var mode = null;
  try {
    mode = localStorage.getItem('mode-watcher-mode');
  } catch {
    /* storage may be closed to us; dark it is */
  }
  var light = mode === 'light' || (mode === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
  document.documentElement.classList.toggle('dark', !light);
  document.documentElement.style.colorScheme = light ? 'light' : 'dark';
})();
