namespace Helpdesk.Functions.Directory;

/// <summary>Something that the admins of a workspace have to know.</summary>
/// <param name="Key">Names it, so that nobody is told twice.</param>
/// <param name="Subject">What it is about, on one line.</param>
/// <param name="Text">What happened and what to do, in plain text.</param>
/// <param name="At">When it happened: the same whenever the same notice is given.</param>
public sealed record AdminNotice(string Key, string Subject, string Text, DateTimeOffset At);

/// <summary>Tells the admins of a workspace something, if there is a way.</summary>
public delegate Task TellAdmins(string workspace, AdminNotice notice, CancellationToken cancellationToken);
