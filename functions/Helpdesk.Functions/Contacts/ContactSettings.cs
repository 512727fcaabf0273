using Helpdesk.Contacts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Settings;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;
using PhoneNumbers;

namespace Helpdesk.Functions.Contacts;

/// <summary>What a workspace has been told about its contacts.</summary>
/// <param name="Region">The country in which a telephone number without one is, such as <c>DE</c>; null for none.</param>
public sealed record ContactSetting(string? Region);

/// <summary>What is to be different about the contacts of a workspace: a JSON merge patch (RFC 7396).</summary>
/// <param name="Region">The country in which a telephone number without one is: two letters such as <c>DE</c>; null for none.</param>
[Example("""{"region":"DE"}""")]
public sealed record ContactSettingRequest(Optional<string?>? Region) : IFromRequest<ContactSettingRequest>
{
    public static async ValueTask<ContactSettingRequest> ReadAsync(HttpContext context)
    {
        var fields = await FieldReader.ReadAsync(context);
        var region = fields.Text("region", 2)?.ToUpperInvariant();
        if (region is { Length: > 0 } && !PhoneNumberUtil.GetInstance().GetSupportedRegions().Contains(region))
            fields.Wrong("region", "must be the two letters of a country, such as DE.");
        var request = new ContactSettingRequest(fields.Has("region") ? new Optional<string?>(string.IsNullOrEmpty(region) ? null : region) : null);
        fields.Done();
        return request;
    }
}

/// <summary>What holds for all contacts of a workspace.</summary>
public sealed class ContactSettings(SettingsStore settings)
{
    private const string Id = "contacts";

    internal static SettingKind<ContactSetting> Kind { get; } = new("contacts-", _ => Id, ContactJson.Default.ContactSetting) { Audited = "contact-settings" };

    public async ValueTask<ContactSetting> OfAsync(string workspace, CancellationToken cancellationToken) =>
        await settings.FindAsync(workspace, Kind, Id, cancellationToken) ?? new(null);

    /// <summary>Shows what holds for all contacts.</summary>
    [Function(nameof(GetContactSettings)), RequiresKey(KeyRole.Agent, KeyRole.Admin)]
    public async Task<Ok<ContactSetting>> GetContactSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/contact-settings")] Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(await OfAsync(caller.Workspace, cancellationToken));

    /// <summary>Changes what holds for all contacts from now on.</summary>
    [Function(nameof(ChangeContactSettings)), RequiresKey(KeyRole.Admin)]
    public async Task<Ok<ContactSetting>> ChangeContactSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/contact-settings")] ContactSettingRequest request,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        var current = await OfAsync(caller.Workspace, cancellationToken);
        var changed = request.Region is null ? current : current with { Region = request.Region.Value };
        await settings.PutAsync(caller.Workspace, Kind, changed, cancellationToken);
        return TypedResults.Ok(changed);
    }
}

/// <summary>Reads telephone numbers and time zones.</summary>
internal static class ContactValues
{
    /// <summary>A number in E.164 form; null when it is none that can be called.</summary>
    public static string? Phone(string text, string? region)
    {
        var numbers = PhoneNumberUtil.GetInstance();
        try
        {
            var number = numbers.Parse(text, region ?? "ZZ");
            return numbers.IsPossibleNumber(number) && numbers.IsValidNumber(number) ? numbers.Format(number, PhoneNumberFormat.E164) : null;
        }
        catch (NumberParseException)
        {
            return null;
        }
    }

    public static bool IsTimeZone(string text) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(text) is not null;
}
