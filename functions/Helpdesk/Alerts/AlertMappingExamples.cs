namespace Helpdesk.Alerts;

/// <summary>Mappings that the desk brings along.</summary>
public static class AlertMappingExamples
{
    /// <summary>A mapping that somebody can name.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="About">What it reads, and what the tool has to send.</param>
    public sealed record Example(string Name, string About, AlertMapping Mapping);

    public static IReadOnlyList<Example> All { get; } = [Zabbix, Checkmk, .. NagiosAndIcinga, Prtg, CloudWatch, GoogleCloud, Sentry, GitHubActions, Site24x7];

    private static Example Zabbix =>
        new(
            "zabbix",
            "Zabbix, by the script of a webhook media type that docs/alerts.md shows.",
            new()
            {
                Fields = Fields(
                    // An event of Zabbix ends with the disturbance; the trigger is the same when it comes again.
                    ("key", From(["/trigger", "/host"], join: "@")),
                    (
                        "state",
                        From(
                            ["/value"],
                            new()
                            {
                                ["1"] = "firing",
                                ["0"] = "resolved",
                                ["PROBLEM"] = "firing",
                                ["OK"] = "resolved",
                            }
                        )
                    ),
                    ("subject", From(["/host", "/subject"], join: ": ")),
                    ("description", From(["/message"])),
                    ("severity", From(["/severity"], Zabbixes)),
                    ("startedAt", From(["/started"])),
                    ("endedAt", From(["/ended"])),
                    ("link", From(["/link"])),
                    ("id", From(["/event", "/value"], join: "-"))
                ),
                Labels = Fields(("host", From(["/host"])), ("item", From(["/item"])), ("group", From(["/groups"]))),
                AllLabels = "/tags",
            }
        );

    private static Dictionary<string, string> Zabbixes =>
        new()
        {
            ["Disaster"] = "urgent",
            ["High"] = "high",
            ["Average"] = "normal",
            ["Warning"] = "normal",
            ["Information"] = "low",
            ["Not classified"] = "low",
        };

    private static Example Checkmk => new("checkmk", "Checkmk, by the notification script that docs/alerts.md shows.", OfNagios);

    private static IEnumerable<Example> NagiosAndIcinga =>
        [
            new("nagios", "Nagios, by the script docs/senders/notify-helpdesk.sh.", OfNagios),
            new("icinga2", "Icinga 2, by the script docs/senders/notify-helpdesk.sh.", OfNagios),
        ];

    /// <summary>What Nagios and those after it know: a host, a service, what has become of it, and why it is told.</summary>
    private static AlertMapping OfNagios =>
        new()
        {
            Fields = Fields(
                ("key", From(["/host", "/service"], join: "!")),
                (
                    "state",
                    From(
                        ["/type"],
                        new()
                        {
                            ["PROBLEM"] = "firing",
                            ["RECOVERY"] = "resolved",
                            ["ACKNOWLEDGEMENT"] = "ignored",
                            ["CUSTOM"] = "ignored",
                            ["FLAPPINGSTART"] = "ignored",
                            ["FLAPPINGSTOP"] = "ignored",
                            ["FLAPPINGEND"] = "ignored",
                            ["FLAPPINGDISABLED"] = "ignored",
                            ["DOWNTIMESTART"] = "ignored",
                            ["DOWNTIMEEND"] = "ignored",
                            ["DOWNTIMEREMOVED"] = "ignored",
                            ["DOWNTIMECANCELLED"] = "ignored",
                        }
                    )
                ),
                ("subject", From(["/host", "/service", "/output"], join: ": ")),
                ("description", From(["/output", "/details", "/comment"], join: "\n")),
                (
                    "severity",
                    From(
                        ["/state"],
                        new()
                        {
                            ["CRITICAL"] = "urgent",
                            ["CRIT"] = "urgent",
                            ["DOWN"] = "urgent",
                            ["UNREACHABLE"] = "high",
                            ["UNREACH"] = "high",
                            ["WARNING"] = "normal",
                            ["WARN"] = "normal",
                            ["UNKNOWN"] = "normal",
                        }
                    )
                ),
                ("startedAt", From(["/since"])),
                ("endedAt", From(["/until"])),
                ("link", From(["/link"])),
                ("id", From(["/id"]))
            ),
            Labels = Fields(("host", From(["/host"])), ("service", From(["/service"])), ("address", From(["/address"]))),
        };

    private static Example Prtg =>
        new(
            "prtg",
            "PRTG, by a notification that executes an HTTP action with the fields of docs/alerts.md.",
            new()
            {
                Fields = Fields(
                    ("key", From(["/sensorid"])),
                    (
                        "state",
                        From(
                            ["/status"],
                            new()
                            {
                                ["Down"] = "firing",
                                ["Down ESCALATION"] = "firing",
                                ["Down (Partial)"] = "firing",
                                ["Warning"] = "firing",
                                ["Unusual"] = "firing",
                                ["Up"] = "resolved",
                                ["Down ended (now: Up)"] = "resolved",
                                ["Warning ended (now: Up)"] = "resolved",
                                ["Unusual ended (now: Up)"] = "resolved",
                                ["Down ended (now: Warning)"] = "firing",
                                ["Down ended (now: Unusual)"] = "firing",
                                ["Warning ended (now: Down)"] = "firing",
                                ["Unusual ended (now: Down)"] = "firing",
                                ["Down (Acknowledged)"] = "ignored",
                                ["Paused"] = "ignored",
                                ["Unknown"] = "ignored",
                            }
                        )
                    ),
                    ("subject", From(["/device", "/sensor", "/status"], join: ": ")),
                    ("description", From(["/message"])),
                    (
                        "severity",
                        From(
                            ["/status"],
                            new()
                            {
                                ["Down"] = "high",
                                ["Down ESCALATION"] = "urgent",
                                ["Down (Partial)"] = "high",
                                ["Warning"] = "normal",
                                ["Unusual"] = "low",
                            }
                        )
                    ),
                    ("link", From(["/link"]))
                ),
                Labels = Fields(
                    ("device", From(["/device"])),
                    ("sensor", From(["/sensor"])),
                    ("group", From(["/group"])),
                    ("probe", From(["/probe"])),
                    ("host", From(["/host"]))
                ),
                Ignore = new Dictionary<string, IReadOnlyList<string>> { ["/status"] = ["Test"] },
            }
        );

    private static Example CloudWatch =>
        new(
            "cloudwatch",
            "An alarm of AWS CloudWatch, as it is in the messages of a topic of Amazon SNS. Sources of the kind sns read it by themselves.",
            new()
            {
                Fields = Fields(
                    ("key", From(["/AlarmArn", "/AlarmName"], first: true)),
                    (
                        "state",
                        From(
                            ["/NewStateValue"],
                            new()
                            {
                                ["ALARM"] = "firing",
                                ["OK"] = "resolved",
                                ["INSUFFICIENT_DATA"] = "ignored",
                            }
                        )
                    ),
                    ("subject", From(["/AlarmName"])),
                    ("description", From(["/AlarmDescription", "/NewStateReason"], join: "\n\n")),
                    ("startedAt", From(["/StateChangeTime"])),
                    ("endedAt", From(["/StateChangeTime"]))
                ),
                Labels = Fields(
                    ("alarm", From(["/AlarmName"])),
                    ("account", From(["/AWSAccountId"])),
                    ("region", From(["/Region"])),
                    ("namespace", From(["/Trigger/Namespace"])),
                    ("metric", From(["/Trigger/MetricName"]))
                ),
            }
        );

    private static Example GoogleCloud =>
        new(
            "google-cloud-monitoring",
            "Google Cloud Monitoring, by a notification channel of the type webhook.",
            new()
            {
                Fields = Fields(
                    ("key", From(["/incident/incident_id"])),
                    (
                        "state",
                        From(
                            ["/incident/state"],
                            new()
                            {
                                ["open"] = "firing",
                                ["closed"] = "resolved",
                                ["acknowledged"] = "firing",
                            }
                        )
                    ),
                    ("subject", From(["/incident/policy_name", "/incident/resource_display_name"], join: ": ")),
                    ("description", From(["/incident/summary", "/incident/documentation/content"], join: "\n\n")),
                    ("severity", From(["/incident/severity"])),
                    ("startedAt", From(["/incident/started_at"])),
                    ("endedAt", From(["/incident/ended_at"])),
                    ("link", From(["/incident/url"]))
                ),
                Labels = Fields(
                    ("project", From(["/incident/scoping_project_id"])),
                    ("policy", From(["/incident/policy_name"])),
                    ("condition", From(["/incident/condition_name"])),
                    ("resource", From(["/incident/resource_display_name", "/incident/resource_name"], first: true)),
                    ("resource_type", From(["/incident/resource/type"]))
                ),
                AllLabels = "/incident/resource/labels",
                Ignore = new Dictionary<string, IReadOnlyList<string>> { ["$/version"] = ["test"] },
            }
        );

    private static Example Sentry =>
        new(
            "sentry",
            "Sentry, by an internal integration that is an action of alerts; issues are told as well.",
            new()
            {
                Fields = Fields(
                    ("key", From(["/data/event/issue_id", "/data/issue/id", "/data/metric_alert/id"], first: true)),
                    (
                        "state",
                        From(
                            ["/action"],
                            new()
                            {
                                ["triggered"] = "firing",
                                ["created"] = "firing",
                                ["unresolved"] = "firing",
                                ["critical"] = "firing",
                                ["warning"] = "firing",
                                ["resolved"] = "resolved",
                                ["assigned"] = "ignored",
                                ["archived"] = "ignored",
                                ["ignored"] = "ignored",
                                ["deleted"] = "ignored",
                            }
                        )
                    ),
                    ("subject", From(["/data/event/title", "/data/issue/title", "/data/description_title"], first: true)),
                    ("description", From(["/data/triggered_rule", "/data/description_text", "/data/event/culprit", "/data/issue/culprit"], join: "\n")),
                    (
                        "severity",
                        From(
                            ["/data/event/level", "/data/issue/level", "/action"],
                            new()
                            {
                                ["fatal"] = "urgent",
                                ["critical"] = "urgent",
                                ["error"] = "high",
                                ["warning"] = "normal",
                                ["info"] = "low",
                                ["debug"] = "low",
                            },
                            first: true
                        )
                    ),
                    ("startedAt", From(["/data/event/datetime", "/data/issue/firstSeen", "/data/metric_alert/date_started"], first: true)),
                    ("endedAt", From(["/data/metric_alert/date_closed"])),
                    ("link", From(["/data/event/web_url", "/data/issue/web_url", "/data/issue/permalink", "/data/web_url"], first: true)),
                    ("id", From(["/data/event/event_id"]))
                ),
                Labels = Fields(
                    ("project", From(["/data/issue/project/slug", "/data/metric_alert/projects", "/data/event/project"], first: true)),
                    ("platform", From(["/data/event/platform", "/data/issue/platform"], first: true)),
                    ("rule", From(["/data/triggered_rule", "/data/metric_alert/alert_rule/name"], first: true)),
                    ("environment", From(["/data/event/environment", "/data/metric_alert/alert_rule/environment"], first: true))
                ),
            }
        );

    private static Example GitHubActions =>
        new(
            "github-actions",
            "GitHub Actions, by a webhook of the repository or organisation with the event \"Workflow runs\". A workflow is told by branch.",
            new()
            {
                Fields = Fields(
                    ("key", From(["/repository/full_name", "/workflow_run/workflow_id", "/workflow_run/head_branch"], join: "/")),
                    (
                        "state",
                        From(
                            ["/workflow_run/conclusion"],
                            new()
                            {
                                ["failure"] = "firing",
                                ["timed_out"] = "firing",
                                ["startup_failure"] = "firing",
                                ["success"] = "resolved",
                                ["cancelled"] = "ignored",
                                ["skipped"] = "ignored",
                                ["neutral"] = "ignored",
                                ["stale"] = "ignored",
                                ["action_required"] = "ignored",
                            },
                            standard: "ignored"
                        )
                    ),
                    ("subject", From(["/repository/full_name", "/workflow_run/name", "/workflow_run/head_branch"], join: ": ")),
                    ("description", From(["/workflow_run/display_title", "/workflow_run/head_commit/message"], join: "\n\n")),
                    ("startedAt", From(["/workflow_run/run_started_at"])),
                    ("endedAt", From(["/workflow_run/updated_at"])),
                    ("link", From(["/workflow_run/html_url"])),
                    ("id", From(["/workflow_run/id", "/workflow_run/run_attempt"], join: "-"))
                ),
                Labels = Fields(
                    ("repository", From(["/repository/full_name"])),
                    ("workflow", From(["/workflow_run/name"])),
                    ("branch", From(["/workflow_run/head_branch"])),
                    ("conclusion", From(["/workflow_run/conclusion"]))
                ),
            }
        );

    private static Example Site24x7 =>
        new(
            "site24x7",
            "Site24x7, by a webhook that posts its incident parameters as JSON.",
            new()
            {
                Fields = Fields(
                    ("key", From(["/MONITOR_ID", "/MONITORNAME"], first: true)),
                    (
                        "state",
                        From(
                            ["/STATUS"],
                            new()
                            {
                                ["DOWN"] = "firing",
                                ["TROUBLE"] = "firing",
                                ["CRITICAL"] = "firing",
                                ["UP"] = "resolved",
                                ["MAINTENANCE"] = "ignored",
                            }
                        )
                    ),
                    ("subject", From(["/MONITORNAME", "/STATUS"], join: ": ")),
                    ("description", From(["/INCIDENT_REASON"])),
                    (
                        "severity",
                        From(
                            ["/STATUS"],
                            new()
                            {
                                ["DOWN"] = "urgent",
                                ["CRITICAL"] = "urgent",
                                ["TROUBLE"] = "normal",
                            }
                        )
                    ),
                    ("startedAt", From(["/INCIDENT_TIME_ISO"])),
                    ("link", From(["/MONITOR_DASHBOARD_LINK", "/MONITORURL"], first: true))
                ),
                Labels = Fields(("monitor", From(["/MONITORNAME"])), ("type", From(["/MONITORTYPE"])), ("group", From(["/MONITOR_GROUPNAME"]))),
                Ignore = new Dictionary<string, IReadOnlyList<string>> { ["/STATUS"] = ["TEST"] },
            }
        );

    private static AlertFieldMapping From(
        IReadOnlyList<string> from,
        Dictionary<string, string>? values = null,
        string? standard = null,
        string? join = null,
        bool first = false
    ) => new(from, values, standard, join, first);

    private static Dictionary<string, AlertFieldMapping> Fields(params (string Name, AlertFieldMapping How)[] fields) =>
        fields.ToDictionary(field => field.Name, field => field.How, StringComparer.Ordinal);

    /// <summary>The mapping of that name; null when there is none.</summary>
    public static AlertMapping? Find(string name) => All.FirstOrDefault(example => example.Name == name)?.Mapping;

    /// <summary>A mapping with what the example says that it names; nothing for no mapping.</summary>
    public static AlertMapping Resolve(AlertMapping? mapping)
    {
        if (mapping?.Example is not { } name || Find(name) is not { } example)
            return mapping ?? new();
        return example with
        {
            Items = mapping.Items ?? example.Items,
            AllLabels = mapping.AllLabels ?? example.AllLabels,
            Ignore = mapping.Ignore ?? example.Ignore,
            Fields = Over(example.Fields, mapping.Fields),
            Labels = Over(example.Labels, mapping.Labels),
        };
    }

    private static Dictionary<string, AlertFieldMapping> Over(
        IReadOnlyDictionary<string, AlertFieldMapping> below,
        IReadOnlyDictionary<string, AlertFieldMapping> above
    )
    {
        var all = new Dictionary<string, AlertFieldMapping>(below, StringComparer.Ordinal);
        foreach (var (field, how) in above)
            all[field] = how;
        return all;
    }
}
