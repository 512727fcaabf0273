using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Helpdesk.Sla;

namespace Helpdesk.Functions.Sla;

/// <summary>Calendars and policies in storage; add fields, never rename them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)]
)]
[JsonSerializable(typeof(CalendarSetting))]
[JsonSerializable(typeof(PolicySetting))]
internal sealed partial class SlaSettingsJson : JsonSerializerContext;

/// <summary>The settings behind promises, of which every version is kept.</summary>
public static class SlaKinds
{
    public static VersionedKind<CalendarSetting> Calendars { get; } =
        VersionedKind<CalendarSetting>.Of("calendar", it => it.Id, it => it.Version, SlaSettingsJson.Default.CalendarSetting);

    public static VersionedKind<PolicySetting> Policies { get; } =
        VersionedKind<PolicySetting>.Of("policy", it => it.Id, it => it.Version, SlaSettingsJson.Default.PolicySetting);
}
