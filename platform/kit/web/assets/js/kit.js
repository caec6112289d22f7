// The one script of every page. Pages carry no inline script (the CSP forbids it): behaviour hangs on
// attributes written by the template kit, and on the Alpine components registered here.
import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";
import { startDialogs } from "./dialogs.js";
import { startLists } from "./lists.js";
import { startPage } from "./page.js";
import { startPointPickers } from "./point_picker.js";
import { startToasts } from "./toasts.js";
import { startForms } from "./forms.js";

window.htmx = htmx;
startToasts(htmx);
startDialogs(htmx);
startForms(Alpine);
startLists(Alpine);
startPage(Alpine);
startPointPickers();
Alpine.start();
