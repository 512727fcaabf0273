param name string
param principalId string
param logAnalyticsId string
param location string
param tags object

// Blob data owner, queue and table data contributor: the Functions host, the task hub of Durable and the app work with all three services.
var roles = [
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
]
var tables = [
  'Tickets', 'TicketLists', 'Receipts', 'Settings', 'Numbers', 'IdempotencyKeys', 'DeadLetters', 'DueTimes', 'Rewinds', 'Conversations', 'People'
  'Contacts', 'Erasures', 'EventStream', 'MailArrivals', 'MailThreads', 'MailboxPositions', 'Mails', 'MailSuppressions', 'Files'
  'Reports', 'Probes', 'WebhookDeliveries', 'Calls', 'Episodes', 'AlertTellings', 'SearchIndex', 'Routing', 'BulkChanges', 'Agenda', 'Ratings'
  'Articles', 'ConfigurationApplies', 'Portal'
]
var queues = [
  'ticket-events', 'ticket-events-poison', 'ticket-watches', 'ticket-watches-poison', 'automation-plans', 'automation-plans-poison', 'received-receipts', 'received-receipts-poison'
  'bot-outboxes', 'bot-outboxes-poison', 'handovers', 'handovers-poison', 'approval-handovers', 'approval-handovers-poison', 'outgoing-mails', 'outgoing-mails-poison'
  'contact-work', 'contact-work-poison', 'erasure-work', 'erasure-work-poison', 'file-scans', 'file-scans-poison'
  'webhook-deliveries', 'webhook-deliveries-poison', 'episode-dues', 'episode-dues-poison', 'alert-tellings', 'alert-tellings-poison', 'search-work'
  'search-work-poison', 'waiting-tickets', 'waiting-tickets-poison', 'bulk-changes', 'bulk-changes-poison'
  'configuration-applies', 'configuration-applies-poison', 'portal-sign-ins', 'portal-sign-ins-poison'
]
var containers = [ 'deployment', 'receipt-bodies', 'attachments', 'mail-bodies', 'configuration-journals' ]

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    accessTier: 'Hot'
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 14 }
      containerDeleteRetentionPolicy: { enabled: true, days: 14 }
    }

    resource container 'containers' = [for container in containers: {
      name: container
    }]
  }

  resource queueService 'queueServices' = {
    name: 'default'

    resource queue 'queues' = [for queue in queues: {
      name: queue
    }]
  }

  resource tableService 'tableServices' = {
    name: 'default'

    resource table 'tables' = [for table in tables: {
      name: table
    }]
  }
}

resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'queue-writes'
  scope: account::queueService
  properties: {
    workspaceId: logAnalyticsId
    logs: [ { category: 'StorageWrite', enabled: true } ]
  }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in roles: {
  name: guid(account.id, principalId, role)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

output name string = account.name
output deploymentContainerUrl string = '${account.properties.primaryEndpoints.blob}deployment'
