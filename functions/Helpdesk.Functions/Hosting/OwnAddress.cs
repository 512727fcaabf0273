namespace Helpdesk.Functions.Hosting;

/// <summary>The address by which a caller reached this app.</summary>
public static class OwnAddress
{
    /// <summary>Scheme and host; a proxy in front says with <c>X-Forwarded-Proto</c> what the caller's scheme was.</summary>
    public static string Of(HttpContext context)
    {
        var scheme = context.Request.Headers["X-Forwarded-Proto"].ToString() is "https" ? "https" : context.Request.Scheme;
        return $"{scheme}://{context.Request.Host.Value}";
    }
}
