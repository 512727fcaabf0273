namespace Helpdesk.Functions.Hosting;

/// <summary>For actions that need no words: the body is empty, or an object without fields.</summary>
public sealed record NoBody : IFromRequest<NoBody>
{
    public static async ValueTask<NoBody> ReadAsync(HttpContext context)
    {
        if (!(await RequestBody.ReadAsync(context)).IsEmpty)
            (await FieldReader.ReadAsync(context)).Done();
        return new();
    }
}
