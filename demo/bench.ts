// The benchmark's page as a part of the site.

import "../bench/page/style.css";
import "./bench.css";
import "../bench/page/page.js";
