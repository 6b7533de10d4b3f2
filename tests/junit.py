"""Results of runs as JUnit's XML, which CI systems show."""
import re
import xml.etree.ElementTree as xml

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(path, results):
    """results: (suite, name, verdict, seconds, report) of each run, where suite is the board."""
    top = xml.Element("testsuites")
    for suite in sorted({result[0] for result in results}):
        runs = [result for result in results if result[0] == suite]
        count = lambda verdict: str(sum(run[2] == verdict for run in runs))
        element = xml.SubElement(top, "testsuite", name=suite, tests=str(len(runs)), failures=count("not ok"), skipped=count("skip"),
                                 errors="0", time=f"{sum(run[3] for run in runs):.2f}")
        for _, name, verdict, seconds, report in runs:
            case = xml.SubElement(element, "testcase", classname=suite, name=name, time=f"{seconds:.2f}")
            lines = [NOT_XML.sub("?", re.sub("^# ", "", line)) for line in report.splitlines()]
            if verdict == "skip":
                xml.SubElement(case, "skipped")
            elif verdict == "not ok":
                xml.SubElement(case, "failure", message=lines[0]).text = "\n".join(lines)
    xml.ElementTree(top).write(path, encoding="utf-8", xml_declaration=True)
