param name string
param location string
param tags object

@description('The identity with which the app opens storage, secrets and the topic, so that no shared key is needed.')
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output principalId string = identity.properties.principalId
output clientId string = identity.properties.clientId
